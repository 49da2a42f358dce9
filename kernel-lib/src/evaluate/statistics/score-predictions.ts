// The scores of predictions: every metric of the task, with its 95 % interval over items.
import type { Score, Subset } from "../rows.js";
import { drawValues, inPercent } from "./average.js";
import { defaultResamples } from "./bootstrap.js";
import { type ResampledTable, resampleTables } from "./resample-tables.js";
import { type TaskPredictions, tallyPredictions } from "./tally-table.js";

export interface ScoringOptions {
  /** Metric names; default the task's own. */
  metrics?: readonly string[];
  /** Default `lenient`. */
  reading?: "lenient" | "strict";
  runSeed: number;
  /** Of the bootstrap; default 10,000. */
  resamples?: number;
}

/** One score a metric of a resampled table. */
export function scoresOf(resampled: ResampledTable, { taskId, subset }: { taskId: string; subset: Subset }): Score[] {
  const { table, clusters, results } = resampled;
  const { k, reading, system, itemIds, formatFailures, errors } = table;
  return table.columns.map(({ metric }, column) => ({
    taskId,
    metric: metric.name,
    k,
    reading,
    subset,
    system,
    n: itemIds.length,
    clusters,
    ...inPercent(results[column]!),
    formatFailures,
    errors,
    draws: drawValues(resampled, column),
  }));
}

/**
 * One score a (system, k, metric), without comparisons. Where an item was asked with several draws of demonstrations, its counts are
 * pooled; the interval is over items, those of one document together.
 * @throws InputError for a prediction of an item that is not among `items`, or an unknown metric.
 */
export function scorePredictions(options: TaskPredictions & ScoringOptions): Score[] {
  const { task, runSeed, resamples = defaultResamples } = options;
  return resampleTables(tallyPredictions(options), { key: [runSeed, task.id], resamples }).flatMap((table) =>
    scoresOf(table, { taskId: task.id, subset: "all" }),
  );
}
