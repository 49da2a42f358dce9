// A stage that compares a row with what was kept before it: first come, first kept.
import { createNearDuplicateIndex, type NearDuplicateOptions } from "./near-duplicates.js";
import { createNoveltyIndex, type Nearest } from "./novelty.js";
import type { Breach } from "./rule.js";

/** What a keep-first rule remembers while rows go by. */
export interface KeepFirstState<Row> {
  /** The breach against what is held; `nearest` where the rule knows the most similar text of all. */
  test(row: Row): { breach: Breach | null; nearest?: Nearest };
  hold(id: string, row: Row): void;
}

export interface KeepFirstRule<Row> {
  readonly name: string;
  readonly reason: string;
  /** The largest similarity that still passes, 0–1 in steps of 0.001. */
  readonly threshold: number;
  withThreshold(threshold: number): KeepFirstRule<Row>;
  /** Begins with nothing but the texts that were there before (the seeds). */
  start(): KeepFirstState<Row>;
}

export interface KeepFirstOptions<Row> {
  textOf: (row: Row) => string;
  /** Texts that every row is compared with from the start: the seeds. */
  held?: readonly { id: string; text: string }[];
  /** Default 0.7. */
  threshold?: number;
}

/** Novelty by ROUGE-L F1 against seeds and earlier kept rows (Self-Instruct); in the ledger "near-duplicate". */
export function noveltyRule<Row>(options: KeepFirstOptions<Row>): KeepFirstRule<Row> {
  const { textOf, held = [], threshold = 0.7 } = options;
  return {
    name: "near-duplicate",
    reason: "too similar to a seed or an earlier kept row by ROUGE-L F1 (Self-Instruct)",
    threshold,
    withThreshold: (other) => noveltyRule({ ...options, threshold: other }),
    start() {
      const index = createNoveltyIndex({ threshold });
      for (const { id, text } of held) index.add(id, text);
      return { test: (row) => index.test(textOf(row)), hold: (id, row) => index.add(id, textOf(row)) };
    },
  };
}

/** Near-duplicates by the Jaccard similarity of their shingles, found by MinHash; optional, and asked before novelty. */
export function shingleRule<Row>(options: KeepFirstOptions<Row> & Omit<NearDuplicateOptions, "threshold">): KeepFirstRule<Row> {
  const { textOf, held = [], threshold = 0.7, ...hashing } = options;
  return {
    name: "same-shingles",
    reason: "too many runs of words in common with a seed or an earlier kept row (MinHash, Jaccard verified; ours)",
    threshold,
    withThreshold: (other) => shingleRule({ ...options, threshold: other }),
    start() {
      const index = createNearDuplicateIndex({ ...hashing, threshold });
      for (const { id, text } of held) index.add(id, text);
      return { test: (row) => ({ breach: index.breach(textOf(row)) }), hold: (id, row) => index.add(id, textOf(row)) };
    },
  };
}
