// Numbers as people write them in financial text: "$1,234.5", "(0.4)", "12.5 %", "3.0 million". Written for answers, so the whole
// text must be one number; what else a text may hold is found by `numbersIn`.

export interface WrittenNumber {
  /** With its sign and its scale word: 3000000 for "3.0 million"; 12.5 for "12.5 %". */
  value: number;
  /** What one unit of the last printed digit is worth: 100000 for "3.0 million". */
  step: number;
  /** Printed digits behind the point. */
  decimals: number;
  /** Printed digits from the first that is not 0. */
  significant: number;
  percent: boolean;
}

const scales: Record<string, number> = {
  thousand: 1e3,
  k: 1e3,
  million: 1e6,
  mn: 1e6,
  m: 1e6,
  billion: 1e9,
  bn: 1e9,
  b: 1e9,
  trillion: 1e12,
};

const currency = "(?:us\\$|[$€£¥]|(?:usd|eur|gbp)\\b)";
const digits = "(?:\\d{1,3}(?:,\\d{3})+(?!\\d)|\\d+)(?:\\.\\d+)?|\\.\\d+";
const scale = "(?:(?:thousand|million|billion|trillion)s?|bn|mn|[kmb])(?![a-z])";
const percent = "(?:%|per ?cent(?![a-z]))";
const written = `[-+]?\\s?(?:${currency}\\s?)?(?:[-+]\\s?|\\(\\s?)?(?:${currency}\\s?)?(?:${digits})(?:\\s?${scale})?(?:\\s?${percent})?(?:\\s?\\))?(?:\\s?${scale})?(?:\\s?${percent})?(?:\\s?(?:usd|eur|gbp|dollars?|euros?)(?![a-z]))?`;

const wholeNumber = new RegExp(`^${written}$`, "i");
const anyNumber = new RegExp(`(?<![\\p{L}\\p{N}_.,])${written}`, "giu");
const printedDigits = new RegExp(digits);
const scaleWord = new RegExp(`(?<![a-z])${scale}`, "i");

const withPlainMinus = (text: string): string => text.replace(/[\u2010-\u2015\u2212]/g, "-");

/**
 * The number that a text is; null where it is anything else. Currency marks and thousands separators mean nothing, parentheses
 * or a minus make it negative, a scale word multiplies it, a percent sign is kept as such.
 */
export function readNumber(text: string): WrittenNumber | null {
  const plain = withPlainMinus(text).trim().replace(/\.$/, "");
  const parentheses = plain.includes("(") === plain.includes(")");
  if (!wholeNumber.test(plain) || !parentheses) return null;
  const printed = printedDigits.exec(plain)![0].replaceAll(",", "");
  const word = scaleWord
    .exec(plain)?.[0]
    .toLowerCase()
    .replace(/(?<=on|and)s$/, "");
  const factor = word === undefined ? 1 : scales[word]!;
  const decimals = printed.split(".")[1]?.length ?? 0;
  return {
    value: (/[-(]/.test(plain) ? -1 : 1) * Number(printed) * factor,
    step: factor / 10 ** decimals,
    decimals,
    significant: printed.replace(".", "").replace(/^0+/, "").length,
    percent: /%|per ?cent/i.test(plain),
  };
}

/** Every number in a text, as written, in order. */
export function numbersIn(text: string): string[] {
  return [...withPlainMinus(text).matchAll(anyNumber)].map(([number]) => {
    const unclosed = number.includes("(") !== number.includes(")");
    return (unclosed ? number.replace(/[()]/g, "") : number).trim();
  });
}
