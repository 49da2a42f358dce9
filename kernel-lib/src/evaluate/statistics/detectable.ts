// What an evaluation can find out before it is run: the smallest true difference of two systems that a paired test on this many items
// would show with the wanted power (Card et al. 2020, "With Little Power Comes Great Responsibility").
import type { Difference } from "../rows.js";
import type { BenchmarkTask, TaskItem } from "../tasks/index.js";
import { normalQuantile } from "./normal.js";
import { clustersOf } from "./tally-table.js";

/** How much an item's difference between two systems varies. */
export interface Spread {
  /** Standard deviation over items (or documents) of the paired difference, in percentage points. */
  deviation: number;
  /** Where it comes from, in words. */
  source: string;
}

/**
 * Where nothing was measured: right or wrong answers of which half are right, given independently by both systems. Half of the items are
 * then discordant, and no two systems whose answers do not exclude each other vary more.
 */
const assumed: Spread = { deviation: 100 * Math.SQRT1_2, source: "assumed: half of the items told apart" };

/**
 * The spread that earlier comparisons of a task had: the largest of its main metric, lenient reading, all items, read back from their
 * 95 % intervals (half-length · √n / 1.96). The conservative assumption where there are none.
 */
export function spreadOf(task: Pick<BenchmarkTask, "id" | "metrics">, earlier: readonly Difference[] = []): Spread {
  const own = earlier.filter(
    ({ taskId, metric, reading, subset }) =>
      taskId === task.id && metric === task.metrics[0] && reading === "lenient" && subset === "all",
  );
  const deviations = own.map(({ ci, n, clusters = n }) => ((ci[1] - ci[0]) / 2 / normalQuantile(0.975)) * Math.sqrt(clusters));
  const largest = Math.max(0, ...deviations);
  return largest === 0
    ? assumed
    : { deviation: largest, source: `measured: the largest of ${own.length} earlier comparison${own.length === 1 ? "" : "s"}` };
}

/**
 * The smallest true paired difference, in points, that a two-sided test at `alpha` on `n` items (or clusters of items, where they share
 * documents) shows with `power`: (z₁₋α/₂ + z_power) · deviation / √n, capped at 100 points.
 * @param options.deviation of the items' paired differences, points
 * @param options.power default 0.8
 * @param options.alpha default 0.05; divide it by the number of comparisons for the first that Holm's correction looks at
 */
export function minimumDetectableDifference(options: { n: number; deviation: number; power?: number; alpha?: number }): number {
  const { n, deviation, power = 0.8, alpha = 0.05 } = options;
  return Math.min(100, ((normalQuantile(1 - alpha / 2) + normalQuantile(power)) * deviation) / Math.sqrt(n));
}

export interface DetectableOptions {
  parts: readonly { task: BenchmarkTask; items: readonly TaskItem[] }[];
  /** How many comparisons a task takes part in: shots × pairs of systems. */
  comparisonsPerTask: number;
  /** Differences of earlier runs, of which the spread is taken. */
  earlier?: readonly Difference[];
}

export interface DetectableDifference {
  taskId: string;
  n: number;
  clusters: number;
  spread: Spread;
  /** In points: for a comparison that stands alone. */
  alone: number;
  /** In points: where it has to hold at alpha divided by all comparisons of the table. */
  corrected: number;
}

/** For each task what its items can show with 80 % power. */
export function detectableDifferences({ parts, comparisonsPerTask, earlier }: DetectableOptions): DetectableDifference[] {
  const averages = parts.length > 1 ? 1 : 0;
  const comparisons = Math.max(1, (parts.length + averages) * comparisonsPerTask);
  return parts.map(({ task, items }) => {
    const clusters = new Set(clustersOf(items) ?? items.keys()).size;
    const spread = spreadOf(task, earlier);
    const given = { n: clusters, deviation: spread.deviation };
    return {
      taskId: task.id,
      n: items.length,
      clusters,
      spread,
      alone: minimumDetectableDifference(given),
      corrected: minimumDetectableDifference({ ...given, alpha: 0.05 / comparisons }),
    };
  });
}
