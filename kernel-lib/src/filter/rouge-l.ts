// ROUGE-L (Lin 2004): precision, recall and F1 of the longest common subsequence of words. The novelty filter and the
// evaluation share it.
import { cellsFor, commonLength, markPosition } from "./bit-lcs.js";
import { porterStem } from "./porter-stemmer.js";

export interface OverlapScore {
  precision: number;
  recall: number;
  f1: number;
}

/** Stems of words met before: texts repeat their words, and stemming takes most of the time. Emptied when full, so that memory is bounded. */
const stems = new Map<string, string>();
const mostStems = 50_000;

function stemOf(word: string): string {
  const known = stems.get(word);
  if (known !== undefined) return known;
  if (stems.size === mostStems) stems.clear();
  const stem = porterStem(word);
  stems.set(word, stem);
  return stem;
}

/**
 * The words ROUGE compares: lower case, every run outside `[a-z0-9]` is a separator. With `stem`, words longer than
 * three letters are stemmed. Default: no stemming, as in Self-Instruct's novelty filter.
 */
export function rougeTokens(text: string, { stem = false }: { stem?: boolean } = {}): string[] {
  const tokens = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return stem ? tokens.map((token) => (token.length > 3 ? stemOf(token) : token)) : tokens;
}

/**
 * Prepares one word list to be compared with many: returns the length of its longest common subsequence with another list.
 */
export function lcsWith(reference: readonly string[]): (other: readonly string[]) => number {
  const cells = cellsFor(reference.length);
  const slots = new Map<string, number>();
  for (const token of reference) if (!slots.has(token)) slots.set(token, slots.size);
  const masks = new Int32Array(slots.size * cells);
  reference.forEach((token, position) => {
    markPosition(masks, cells, slots.get(token)!, position);
  });
  const row = new Int32Array(cells);
  return (other) => {
    const shared = Int32Array.from(other.flatMap((token) => slots.get(token) ?? []));
    return commonLength(masks, cells, shared, shared.length, row);
  };
}

/** Precision, recall and their harmonic mean from counts; 0 wherever a denominator is 0. */
export function overlapScore(common: number, predicted: number, wanted: number): OverlapScore {
  const precision = predicted === 0 ? 0 : common / predicted;
  const recall = wanted === 0 ? 0 : common / wanted;
  return { precision, recall, f1: common === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}

/** ROUGE-L of a prediction against one target, each in 0–1. Two empty texts score 0. */
export function rougeL(options: { prediction: string; target: string; stem?: boolean }): OverlapScore {
  const prediction = rougeTokens(options.prediction, options);
  const target = rougeTokens(options.target, options);
  return overlapScore(lcsWith(target)(prediction), prediction.length, target.length);
}
