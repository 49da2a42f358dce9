// How near each row came to what was there before it, kept and rejected alike: what the novelty threshold cut off, and what another would.
import type { Rejection } from "../filter/index.js";
import type { Instruction } from "../generate/index.js";
import { type Bin, histogram } from "./histogram.js";

export interface NoveltyHistogram {
  /** ROUGE-L F1 above which the rows were dropped; null where none was. */
  threshold: number | null;
  rows: { from: number; to: number; kept: number; rejected: number }[];
}

const nearDuplicate = "near-duplicate";

/** Nearest scores (ROUGE-L F1, 0–1) of kept rows and near-duplicates in bins of 0.05. */
export function noveltyHistogram(options: {
  instructions: readonly Pick<Instruction, "novelty">[];
  rejections: readonly Pick<Rejection, "rule" | "score" | "threshold">[];
}): NoveltyHistogram {
  const duplicates = options.rejections.filter(({ rule, score }) => rule === nearDuplicate && score !== undefined);
  const bins = (scores: Iterable<number>): Bin[] => histogram(scores, { from: 0, to: 1, bins: 20 });
  const kept = bins(options.instructions.map(({ novelty }) => novelty.score));
  const rejected = bins(duplicates.map(({ score }) => score!));
  return {
    threshold: duplicates[0]?.threshold ?? null,
    rows: kept.map(({ from, to, rows }, index) => ({ from, to, kept: rows, rejected: rejected[index]!.rows })),
  };
}
