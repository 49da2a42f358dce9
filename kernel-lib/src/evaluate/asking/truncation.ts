// What did not fit into the context of a model: as it was planned, or as the rows of a finished evaluation say.
import type { Prediction } from "../rows.js";
import type { BenchmarkTask, TaskItem } from "../tasks/index.js";
import { shotPool } from "./demonstrations.js";

/** Where the context was too small for all k demonstrations, or for the passages. */
export interface Truncation {
  k: number;
  draw: number;
  /** Of this k and draw, one an item. */
  prompts: number;
  /** Items with fewer demonstrations than k. */
  items: number;
  /** Demonstrations that are missing from them, in all. */
  dropped: number;
  /** Passages that are missing, in all. */
  droppedPassages: number;
  /** Items that are not asked at all: the question alone does not fit. */
  tooLong: number;
}

/** The demonstrations that one system's rows lack; what else did not fit, rows do not say. */
export function truncationsOf(options: {
  task: Pick<BenchmarkTask, "title">;
  items: readonly TaskItem[];
  demonstrations: readonly TaskItem[];
  rows: readonly Pick<Prediction, "k" | "draw" | "demoIds">[];
}): Truncation[] {
  const { demonstrations, rows } = options;
  const pool = demonstrations.length - shotPool(options).excluded;
  const found = new Map<string, Truncation>();
  for (const { k, draw, demoIds } of rows) {
    const key = `${k} ${draw}`;
    const known = found.get(key) ?? { k, draw, prompts: 0, items: 0, dropped: 0, droppedPassages: 0, tooLong: 0 };
    const missing = Math.min(k, pool) - demoIds.length;
    found.set(key, {
      ...known,
      prompts: known.prompts + 1,
      items: known.items + (missing > 0 ? 1 : 0),
      dropped: known.dropped + missing,
    });
  }
  return [...found.values()].filter(({ dropped }) => dropped > 0);
}

const written = (count: number): string => count.toLocaleString("en-US");

/** What did not fit, in one line, a part for each k over all its draws; "" where everything did. */
export function describeTruncations(options: { truncations: readonly Truncation[]; contextTokens: number }): string {
  const { truncations, contextTokens } = options;
  const lines = [...new Set(truncations.map(({ k }) => k))].map((k) => {
    const of = truncations.filter((truncation) => truncation.k === k);
    const sum = (count: (truncation: Truncation) => number): number => of.reduce((total, each) => total + count(each), 0);
    const prompts = written(sum((truncation) => truncation.prompts));
    const items = sum((truncation) => truncation.items);
    const passages = sum((truncation) => truncation.droppedPassages);
    const tooLong = sum((truncation) => truncation.tooLong);
    const parts = [
      items > 0 && `${written(items)} of ${prompts} prompts hold fewer than ${k} demonstrations`,
      passages > 0 && `${written(passages)} passages are left out`,
      tooLong > 0 && `${written(tooLong)} of ${prompts} questions are too long to be asked`,
    ];
    return `k = ${k}: ${parts.filter(Boolean).join(", ")}`;
  });
  return lines.length > 0 ? `${lines.join("; ")} (context of ${written(contextTokens)} tokens)` : "";
}
