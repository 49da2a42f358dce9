// ROUGE-L (Lin 2004): precision, recall and F1 of the longest common subsequence of words. The novelty filter and the evaluation share
// it. The subsequence is counted bit by bit (Hyyrö 2004), 32 words of the reference at a time.
import { porterStem } from "./porter-stemmer.js";

export interface OverlapScore {
  precision: number;
  recall: number;
  f1: number;
}

/**
 * The words ROUGE compares: lower case, every run outside `[a-z0-9]` is a separator. With `stem`, words longer than
 * three letters are stemmed. Default: no stemming, as in Self-Instruct's novelty filter.
 */
export function rougeTokens(text: string, { stem = false }: { stem?: boolean } = {}): string[] {
  const tokens = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return stem ? tokens.map((token) => (token.length > 3 ? porterStem(token) : token)) : tokens;
}

/**
 * Prepares one word list to be compared with many: returns the length of its longest common subsequence with another list.
 */
export function lcsWith(reference: readonly string[]): (other: readonly string[]) => number {
  const words = Math.ceil(reference.length / 32);
  const positions = new Map<string, Uint32Array>();
  reference.forEach((token, index) => {
    const mask = positions.get(token) ?? new Uint32Array(words);
    mask[index >>> 5]! |= 1 << (index & 31);
    positions.set(token, mask);
  });
  const row = new Uint32Array(words);
  return (other) => {
    row.fill(0xffffffff);
    for (const token of other) {
      const mask = positions.get(token);
      if (mask === undefined) continue;
      let carry = 0;
      for (let w = 0; w < words; w++) {
        const bits = row[w]!;
        const matches = (bits & mask[w]!) >>> 0;
        const sum = bits + matches + carry;
        carry = sum > 0xffffffff ? 1 : 0;
        row[w] = sum | (bits & ~matches);
      }
    }
    let length = 0;
    for (let i = 0; i < reference.length; i++) if (((row[i >>> 5]! >>> (i & 31)) & 1) === 0) length++;
    return length;
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
