// The scores of predictions: every metric of the task, with its 95 % interval over items.
import { type BootstrapResult, bootstrap, interval95 } from "./bootstrap.js";
import type { Score } from "../rows.js";
import { statisticOf, type TallyTable, type TaskPredictions, tallyPredictions } from "./tally-table.js";

export interface ScoringOptions {
  /** Metric names; default the task's own. */
  metrics?: readonly string[];
  runSeed: number;
  /** Of the bootstrap; default 10,000. */
  resamples?: number;
}

/** 0–1 to the percent that tables show. */
export const inPercent = (result: BootstrapResult): { value: number; ci: [number, number] } => {
  const [low, high] = interval95(result.resampled);
  return { value: 100 * result.value, ci: [100 * low, 100 * high] };
};

/** Resamples a table's items; the draws depend on run seed, task and k only, so all systems of a task meet the same ones. */
export function bootstrapTable(
  table: TallyTable,
  options: { taskId: string; runSeed: number; resamples?: number },
): BootstrapResult[] {
  return bootstrap({
    tallies: table.tallies,
    width: table.width,
    statistics: table.columns.map((column) => statisticOf(column)),
    key: [options.runSeed, options.taskId, table.k],
    ...(options.resamples !== undefined && { resamples: options.resamples }),
  });
}

/**
 * One score a (system, k, metric). Where an item was asked with several draws of demonstrations, its counts are pooled; the
 * interval is over items.
 * @throws InputError for a prediction of an item that is not among `items`, or an unknown metric.
 */
export function scorePredictions(options: TaskPredictions & ScoringOptions): Score[] {
  const { task, runSeed, resamples } = options;
  return tallyPredictions(options).flatMap((table) => {
    const results = bootstrapTable(table, { taskId: task.id, runSeed, ...(resamples !== undefined && { resamples }) });
    return table.columns.map(({ metric }, index) => ({
      taskId: task.id,
      system: table.system,
      metric: metric.name,
      k: table.k,
      ...inPercent(results[index]!),
      n: table.itemIds.length,
      formatFailures: table.formatFailures,
    }));
  });
}
