// The average over tasks, as judgeTable makes it.
import type { Difference, Score } from "../rows.js";
import { averageTaskId } from "./average.js";
import { judgeTable } from "./judge-table.js";
import type { TaskPredictions } from "./tally-table.js";

export interface MacroAverageOptions {
  parts: readonly TaskPredictions[];
  runSeed: number;
  resamples?: number;
}

export const macroAverage = (options: MacroAverageOptions): Score[] =>
  judgeTable({ ...options, comparisons: [] }).scores.filter(
    ({ taskId, reading }) => taskId === averageTaskId && reading === "lenient",
  );

export const macroDifference = (options: MacroAverageOptions & { system: string; against: string }): Difference[] =>
  judgeTable({ ...options, comparisons: [[options.system, options.against]] }).differences.filter(
    ({ taskId, reading }) => taskId === averageTaskId && reading === "lenient",
  );
