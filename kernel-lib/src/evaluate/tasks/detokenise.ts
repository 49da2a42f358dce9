// Puts tokens back into a sentence as one would type it. These corpora split at every hyphen, bracket and decimal point
// (`IL - 1`, `0 . 05`), a text that no model has read in training; spaces alone change, no character is added or lost.

export interface Detokenised {
  text: string;
  /** Where each token stands in `text`, end exclusive. */
  spans: { start: number; end: number }[];
}

const noSpaceBefore = new Set([".", ",", ";", ":", "!", "?", ")", "]", "}", "%", "'", "-", "/", "+", "*"]);
const noSpaceAfter = new Set(["(", "[", "{", "-", "/"]);
const digits = /^\d+$/;

/** Whether `token` follows `previous` without a space; `before` stands before `previous`. */
function joins(before: string | undefined, previous: string, token: string): boolean {
  if (previous === "-" && (token === "and" || token === "or")) return false; // beta- and gamma-
  if (noSpaceBefore.has(token) || noSpaceAfter.has(previous)) return true;
  if (previous === "'" && (token === "s" || token === "t")) return true; // Crohn's
  const inNumber = before !== undefined && digits.test(before) && /^\d/.test(token);
  if (inNumber && (previous === "." || previous === ":")) return true; // 0.05, 1:2
  return inNumber && previous === "," && /^\d{3}$/.test(token); // 12,500
}

/** Joins tokens into text; straight double quotes open and close in turn. */
export function detokenise(tokens: readonly string[]): Detokenised {
  let text = "";
  let quoteIsOpen = false;
  let afterOpeningQuote = false;
  const spans = tokens.map((token, index) => {
    const previous = tokens[index - 1];
    const closesQuote = token === '"' && quoteIsOpen;
    const glued = previous === undefined || closesQuote || afterOpeningQuote || joins(tokens[index - 2], previous, token);
    if (!glued) text += " ";
    if (token === '"') quoteIsOpen = !quoteIsOpen;
    afterOpeningQuote = token === '"' && quoteIsOpen;
    const start = text.length;
    text += token;
    return { start, end: text.length };
  });
  return { text, spans };
}
