// Novelty as Self-Instruct defines it (Wang et al. 2023): a text is new when its ROUGE-L F1 against every seed and every text kept so
// far is at most 0.7. Comparisons are between integers, so a score of exactly the threshold always passes.
import { InputError } from "../runtime/index.js";
import { createOverlapIndex, type OverlapFraction, type OverlapMatch } from "./overlap-index.js";
import type { Breach } from "./rule.js";

export interface Nearest {
  /** Null where nothing shares a word with the text. */
  nearestId: string | null;
  /** ROUGE-L F1 to it, 0–1. */
  score: number;
}

export interface NoveltyIndex {
  /** The most similar text held so far, however dissimilar; of equals the one added first. Reads most of the index. */
  nearest(text: string): Nearest;
  /**
   * The breach where some text is more similar than the threshold allows, with the most similar of these (of equals the one added first);
   * null where the text is new. Reads the part of the index that can hold such a text: many times faster than `nearest`.
   */
  breach(text: string): Required<Breach> | null;
  /** Both. */
  test(text: string): { breach: Breach | null; nearest: Nearest };
  /** A text without a word (blank, or in another script) is near to nothing. */
  add(id: string, text: string): void;
}

/** @throws InputError for a threshold outside 0–1 or finer than a thousandth (it would have no exact integer form). */
export function thousandthsOf(threshold: number, what: string): number {
  const thousandths = Math.round(threshold * 1000);
  if (thousandths >= 0 && thousandths <= 1000 && Math.abs(thousandths - threshold * 1000) <= 1e-6) return thousandths;
  throw new InputError({ got: `${what} ${threshold}`, allowed: "0 to 1 in steps of 0.001", todo: "0.7 is Self-Instruct's" });
}

const nothing: OverlapFraction = { common: 0, lengths: 1 };

/**
 * An index of the texts that a new one must differ from, seeds first, then whatever is kept.
 * @throws InputError for a threshold outside 0–1 or finer than a thousandth.
 */
export function createNoveltyIndex({ threshold = 0.7 }: { threshold?: number } = {}): NoveltyIndex {
  // 2 · common / lengths = thousandths / 1000.
  const limit: OverlapFraction = { common: thousandthsOf(threshold, "novelty threshold"), lengths: 2000 };
  const ids: string[] = [];
  const index = createOverlapIndex();
  const scoreOf = ({ common, lengths }: OverlapFraction): number => (2 * common) / lengths;
  const breachOf = (match: OverlapMatch): Required<Breach> | null =>
    match.entry < 0 || match.common * limit.lengths <= limit.common * match.lengths
      ? null
      : { score: scoreOf(match), threshold, nearestId: ids[match.entry]! };
  const nearestOf = (match: OverlapMatch): Nearest => ({ nearestId: ids[match.entry] ?? null, score: scoreOf(match) });
  return {
    nearest: (text) => nearestOf(index.best(text, nothing)),
    breach: (text) => breachOf(index.best(text, limit)),
    test(text) {
      const match = index.best(text, nothing);
      return { breach: breachOf(match), nearest: nearestOf(match) };
    },
    add(id, text) {
      ids.push(id);
      index.add(text);
    },
  };
}
