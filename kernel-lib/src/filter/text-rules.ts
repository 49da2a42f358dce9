// Rules for any text a model writes, whatever part of a row it is: its script, its language, its loops. Each takes `textOf`, the text of a
// row that it reads.
import { detect } from "tinyld/light";
import { rougeTokens } from "./rouge-l.js";
import { measuredRule, type Rule } from "./rule.js";

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** Letters that are neither Latin nor Greek: English biomedicine writes β and µ, never 疾 or б. */
export function wrongScriptRule<Row>(textOf: (row: Row) => string): Rule<Row> {
  return measuredRule({
    name: "wrong-script",
    reason: "too large a share of its letters is of another script than Latin or Greek (Self-Instruct drops what is not English)",
    limit: "at most",
    threshold: 0.2,
    score(row) {
      const letters = textOf(row).match(/\p{L}/gu) ?? [];
      return share(letters.filter((letter) => !/[\p{Script=Latin}\p{Script=Greek}]/u.test(letter)).length, letters.length);
    },
  });
}

/** Words that running English hardly does without, and that the languages nearest to it do not share. */
const englishWords = new Set("the of and to with were are which that from by for this what how whether each has have".split(" "));
const fewestWords = 12;

/** The longest stretch without the marks of a list or a formula, in words: only running text has a language. */
const longestStretch = (text: string): number =>
  Math.max(0, ...text.split(/[,;:<>=|\n/]+/).map((part) => part.match(/\p{L}+/gu)?.length ?? 0));

function englishShare(text: string): number {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  return share(words.filter((word) => englishWords.has(word)).length, words.length);
}

/**
 * Running text in another language than English. Two witnesses have to agree: a language detector, which takes lists of Latin disease
 * names for anything, and a count of English function words, which short headlines lack. `textsOf` are judged one by one; those under
 * twelve words, such as headlines, are not.
 */
export function wrongLanguageRule<Row>(textsOf: (row: Row) => readonly string[]): Rule<Row> {
  return measuredRule({
    name: "wrong-language",
    reason:
      "the text is not English by its function words, and a language detector agrees (Self-Instruct drops what is not English)",
    limit: "at least",
    threshold: 0.05,
    score(row) {
      const shares = textsOf(row)
        .filter((text) => longestStretch(text) >= fewestWords && detect(text) !== "en")
        .map(englishShare);
      return shares.length === 0 ? null : Math.min(...shares);
    },
  });
}

const longestLoop = 40;

/** Share of the words (0–1) in the longest stretch that says one phrase at least three times in succession. */
export function loopedShare(text: string): number {
  const words = rougeTokens(text);
  let longest = 0;
  for (let period = 1; period <= Math.min(longestLoop, Math.floor(words.length / 3)); period++) {
    let run = 0;
    for (let at = period; at < words.length; at++) {
      run = words[at] === words[at - period] ? run + 1 : 0;
      if (run >= 2 * period) longest = Math.max(longest, run + period);
    }
  }
  return share(longest, words.length);
}

/** A phrase looped: what a greedy decoder of a tiny model falls into. */
export function loopRule<Row>(textOf: (row: Row) => string): Rule<Row> {
  return measuredRule({
    name: "loop",
    reason: "one phrase, said three times or more in succession, makes up too much of the text (ours)",
    limit: "at most",
    threshold: 0.3,
    score: (row) => loopedShare(textOf(row)),
  });
}

const gramLength = 4;

/** Share of the 4-grams (0–1) that stood in the text before; 0 for texts under 12 words. */
export function repeatedShare(text: string): number {
  const words = rougeTokens(text);
  if (words.length < 3 * gramLength) return 0;
  const grams = words.slice(gramLength - 1).map((_, start) => words.slice(start, start + gramLength).join(" "));
  return 1 - new Set(grams).size / grams.length;
}

/** Repetition with other words in between, which is no loop yet. */
export function repetitionRule<Row>(textOf: (row: Row) => string): Rule<Row> {
  return measuredRule({
    name: "repetition",
    reason: "too many of its 4-grams stood in the text before (seq-rep-4, Welleck et al. 2020)",
    limit: "at most",
    threshold: 0.3,
    score: (row) => repeatedShare(textOf(row)),
  });
}
