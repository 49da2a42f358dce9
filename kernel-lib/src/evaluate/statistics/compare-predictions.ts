// The comparison of two systems on one task, as judgeTable makes it.
import type { Difference, Prediction } from "../rows.js";
import { judgeTable } from "./judge-table.js";
import type { ScoringOptions } from "./score-predictions.js";
import type { TaskPredictions } from "./tally-table.js";

export function comparePredictions(
  options: Omit<TaskPredictions, "predictions"> &
    Omit<ScoringOptions, "metrics" | "reading"> & { system: readonly Prediction[]; against: readonly Prediction[] },
): Difference[] {
  const { task, items, system, against, runSeed, resamples } = options;
  if (system.length === 0 || against.length === 0) return [];
  return judgeTable({
    parts: [{ task, items, predictions: [...system, ...against] }],
    comparisons: [[system[0]!.system, against[0]!.system]],
    runSeed,
    ...(resamples !== undefined && { resamples }),
  }).differences.filter(({ reading }) => reading === "lenient");
}
