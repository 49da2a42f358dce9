// Two systems on the same items: the paired bootstrap of their difference (Koehn 2004; Berg-Kirkpatrick et al. 2012).
import { RunError } from "../../runtime/index.js";
import { type BootstrapResult, bootstrap } from "./bootstrap.js";
import type { Difference, Prediction } from "../rows.js";
import { inPercent, type ScoringOptions } from "./score-predictions.js";
import { statisticOf, type TallyTable, type TaskPredictions, tallyPredictions } from "./tally-table.js";

/** A difference from its resampled values; significant where the interval does not hold 0. */
export function differenceOf(
  result: BootstrapResult,
  fields: Pick<Difference, "taskId" | "metric" | "k" | "system" | "against" | "n">,
): Difference {
  const { value, ci } = inPercent(result);
  return { ...fields, value, ci, significant: ci[0] > 0 || ci[1] < 0 };
}

/** Both tables side by side, an item a row. */
function joinTables(one: TallyTable, other: TallyTable): Float64Array {
  const width = one.width + other.width;
  const joined = new Float64Array(one.itemIds.length * width);
  for (let row = 0; row < one.itemIds.length; row++) {
    joined.set(one.tallies.subarray(row * one.width, (row + 1) * one.width), row * width);
    joined.set(other.tallies.subarray(row * other.width, (row + 1) * other.width), row * width + one.width);
  }
  return joined;
}

/** The differences of all metrics of two tables; both must answer the same items. */
export function bootstrapDifference(
  table: TallyTable,
  against: TallyTable,
  options: { taskId: string; runSeed: number; resamples?: number },
): BootstrapResult[] {
  if (table.itemIds.join("\n") !== against.itemIds.join("\n"))
    throw new RunError({
      got: `${table.system} answered ${table.itemIds.length} items of ${options.taskId} and ${against.system} ${against.itemIds.length}, not the same ones`,
      allowed: "a paired comparison over the same items",
      todo: "finish both evaluations",
    });
  return bootstrap({
    tallies: joinTables(table, against),
    width: table.width + against.width,
    statistics: table.columns.map((column, index) => {
      const mine = statisticOf(column);
      const theirs = statisticOf(against.columns[index]!, table.width);
      return (sums) => mine(sums) - theirs(sums);
    }),
    key: [options.runSeed, options.taskId, table.k],
    ...(options.resamples !== undefined && { resamples: options.resamples }),
  });
}

/**
 * `system` minus `against`, for every metric and every k that both were asked at.
 * @throws RunError where they did not answer the same items.
 */
export function comparePredictions(
  options: Omit<TaskPredictions, "predictions"> &
    ScoringOptions & { system: readonly Prediction[]; against: readonly Prediction[] },
): Difference[] {
  const { task, runSeed, resamples } = options;
  const tables = tallyPredictions({ ...options, predictions: options.system });
  const others = tallyPredictions({ ...options, predictions: options.against });
  return tables.flatMap((table) => {
    const against = others.find(({ k }) => k === table.k);
    if (against === undefined) return [];
    const results = bootstrapDifference(table, against, {
      taskId: task.id,
      runSeed,
      ...(resamples !== undefined && { resamples }),
    });
    return table.columns.map(({ metric }, index) =>
      differenceOf(results[index]!, {
        taskId: task.id,
        metric: metric.name,
        k: table.k,
        system: table.system,
        against: against.system,
        n: table.itemIds.length,
      }),
    );
  });
}
