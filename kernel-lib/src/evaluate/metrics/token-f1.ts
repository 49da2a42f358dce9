// Token F1 and exact match as SQuAD v1 scores them (Rajpurkar et al. 2016), and BoX's variant (Parmar et al. 2022) that takes the best
// part of a comma-separated gold answer. Word borders and white space are Unicode's, as in Python.
import { type OverlapScore, overlapScore } from "../../filter/index.js";

const punctuation = /[!-/:-@[-`{-~]/g;
const articles = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;
/** What Python's `str.split` splits at; JavaScript's `\s` lacks four of these and holds U+FEFF. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: U+001C to U+001F are white space to Python
const whiteSpace = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** Lower-case words without punctuation and articles. */
export function answerTokens(text: string): string[] {
  return text
    .toLowerCase()
    .replace(punctuation, "")
    .replace(articles, " ")
    .split(whiteSpace)
    .filter((token) => token !== "");
}

function compareBags(prediction: readonly string[], gold: readonly string[]): OverlapScore {
  const left = new Map<string, number>();
  for (const token of gold) left.set(token, (left.get(token) ?? 0) + 1);
  let common = 0;
  for (const token of prediction) {
    const count = left.get(token) ?? 0;
    if (count === 0) continue;
    left.set(token, count - 1);
    common++;
  }
  return overlapScore(common, prediction.length, gold.length);
}

/**
 * Overlap of the prediction's words with one gold answer's, each count in 0–1. No common word scores 0, also where both
 * texts are empty.
 */
export function tokenOverlap(options: { prediction: string; gold: string }): OverlapScore {
  return compareBags(answerTokens(options.prediction), answerTokens(options.gold));
}

/** Token F1 against the gold answer that fits best, 0–1. */
export function tokenF1(options: { prediction: string; golds: readonly string[] }): number {
  const prediction = answerTokens(options.prediction);
  return Math.max(0, ...options.golds.map((gold) => compareBags(prediction, answerTokens(gold)).f1));
}

/** 1 where the prediction's words are exactly those of a gold answer, in order, else 0. */
export function exactMatch(options: { prediction: string; golds: readonly string[] }): number {
  const prediction = answerTokens(options.prediction).join(" ");
  return options.golds.some((gold) => answerTokens(gold).join(" ") === prediction) ? 1 : 0;
}

/** The parts among which BoX looks for the best one. */
export const boxParts = (gold: string): string[] => gold.split(", ");
