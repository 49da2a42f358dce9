// The mean over tasks, each task counting the same, as the paper's averages. Every resample draws anew within each task, so the
// interval is that of these tasks, not of tasks in general.
import type { BootstrapResult } from "./bootstrap.js";
import { bootstrapDifference, differenceOf } from "./compare-predictions.js";
import type { Difference, Score } from "../rows.js";
import { bootstrapTable, inPercent, type ScoringOptions } from "./score-predictions.js";
import { type TallyTable, type TaskPredictions, tallyPredictions } from "./tally-table.js";

/** The task id under which averages are reported. */
export const averageTaskId = "average";

export interface MacroAverageOptions extends Omit<ScoringOptions, "metrics"> {
  /** A part a task, with the predictions of all systems. */
  parts: readonly TaskPredictions[];
  /** One metric for all tasks; default each task's main metric, reported as "main". */
  metric?: string;
}

interface TaskTables {
  taskId: string;
  tables: TallyTable[];
}

function meanOfResults(results: readonly BootstrapResult[]): BootstrapResult {
  const resampled = new Float64Array(results[0]!.resampled.length);
  for (const result of results) {
    for (let index = 0; index < resampled.length; index++) resampled[index]! += result.resampled[index]! / results.length;
  }
  return { value: results.reduce((sum, { value }) => sum + value, 0) / results.length, resampled };
}

const tablesOf = ({ parts, metric }: MacroAverageOptions): TaskTables[] =>
  parts.map((part) => ({
    taskId: part.task.id,
    tables: tallyPredictions({ ...part, metrics: [metric ?? part.task.metrics[0]] }),
  }));

/** Every (system, k) that all tasks have. */
function commonGroups(tasks: readonly TaskTables[]): { system: string; k: number; tables: TallyTable[] }[] {
  return (tasks[0]?.tables ?? []).flatMap(({ system, k }) => {
    const tables = tasks.flatMap((task) => task.tables.find((table) => table.system === system && table.k === k) ?? []);
    return tables.length === tasks.length ? [{ system, k, tables }] : [];
  });
}

const countItems = (tables: readonly TallyTable[]): number => tables.reduce((sum, { itemIds }) => sum + itemIds.length, 0);

/** One score a (system, k) that every task has; n counts the items of all tasks. */
export function macroAverage(options: MacroAverageOptions): Score[] {
  const tasks = tablesOf(options);
  return commonGroups(tasks).map(({ system, k, tables }) => {
    const results = tables.map((table, index) => bootstrapTable(table, { ...options, taskId: tasks[index]!.taskId })[0]!);
    return {
      taskId: averageTaskId,
      system,
      metric: options.metric ?? "main",
      k,
      ...inPercent(meanOfResults(results)),
      n: countItems(tables),
      formatFailures: tables.reduce((sum, { formatFailures }) => sum + formatFailures / tables.length, 0),
    };
  });
}

/**
 * The mean difference over tasks of two systems, at every k that both have in every task.
 * @throws RunError where they did not answer the same items.
 */
export function macroDifference(options: MacroAverageOptions & { system: string; against: string }): Difference[] {
  const { system, against } = options;
  const tasks = tablesOf(options);
  const groups = commonGroups(tasks);
  return groups
    .filter((group) => group.system === system)
    .flatMap(({ k, tables }) => {
      const others = groups.find((group) => group.system === against && group.k === k);
      if (others === undefined) return [];
      const results = tables.map(
        (table, index) => bootstrapDifference(table, others.tables[index]!, { ...options, taskId: tasks[index]!.taskId })[0]!,
      );
      const fields = { taskId: averageTaskId, metric: options.metric ?? "main", k, system, against, n: countItems(tables) };
      return [differenceOf(meanOfResults(results), fields)];
    });
}
