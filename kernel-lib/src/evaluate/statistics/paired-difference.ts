// Two systems on the same items: the paired bootstrap of their difference (Koehn 2004; Berg-Kirkpatrick et al. 2012), and McNemar's
// exact test where every item is simply right or wrong.
import type { Metric } from "../metrics/metrics.js";
import type { Difference } from "../rows.js";
import { type BootstrapResult, bootstrap, interval95 } from "./bootstrap.js";
import { mcnemarExact } from "./mcnemar.js";
import { bootstrapP } from "./significance.js";

/** Metrics whose items are right or wrong. */
const rightOrWrong: readonly string[] = ["accuracy", "exact-match", "numeric-match"];

export interface PairedDifference {
  /** The metric's value of each, 0–1. */
  system: number;
  against: number;
  /** system − against, 0–1. */
  value: number;
  ci: [number, number];
  p: number;
  test: NonNullable<Difference["test"]>;
}

/** The difference of two statistics that saw the same draws. */
export function subtract(one: BootstrapResult, other: BootstrapResult): BootstrapResult {
  return {
    value: one.value - other.value,
    resampled: one.resampled.map((value, index) => value - other.resampled[index]!),
  };
}

/** An item's counts in each of two systems' tables: `[right, asked]`, row after row. */
export interface PairedRows {
  metric: Pick<Metric, "name" | "width" | "value">;
  /** `items × metric.width` counts, as the metric's `tally` gives them. */
  system: Float64Array;
  against: Float64Array;
}

/**
 * McNemar's p where it applies: a metric of right and wrong, one answer an item.
 * Undefined where answers of several draws are pooled: their items are no longer right or wrong.
 */
export function mcnemarP({ metric, system, against }: PairedRows): number | undefined {
  if (!rightOrWrong.includes(metric.name)) return undefined;
  let onlyFirst = 0;
  let onlySecond = 0;
  for (let at = 0; at < system.length; at += metric.width) {
    if (system[at + 1] !== 1 || against[at + 1] !== 1) return undefined;
    if (system[at]! > against[at]!) onlyFirst++;
    if (system[at]! < against[at]!) onlySecond++;
  }
  return mcnemarExact({ onlyFirst, onlySecond });
}

/** The number of clusters in which the two systems' counts differ at all; without `clusters` every item is one. */
export function countInformative({
  metric,
  system,
  against,
  clusters,
}: PairedRows & { clusters?: Int32Array | undefined }): number {
  const differing = new Set<number>();
  for (let at = 0; at < system.length; at++) {
    const item = Math.floor(at / metric.width);
    if (system[at] !== against[at]) differing.add(clusters?.[item] ?? item);
  }
  return differing.size;
}

/**
 * The paired difference of two systems in one metric, from their items' counts in the same order.
 * @param options.clusters the cluster of each item, see {@link bootstrap}; with it the bootstrap gives the p-value of every metric.
 * @param options.key what the draws are derived from
 */
export function bootstrapDifference(
  options: PairedRows & { clusters?: Int32Array; key: readonly (string | number)[]; resamples?: number },
): PairedDifference {
  const { metric, system, against, clusters, key, resamples } = options;
  const { width } = metric;
  const items = system.length / width;
  const tallies = new Float64Array(2 * system.length);
  for (let item = 0; item < items; item++) {
    tallies.set(system.subarray(item * width, (item + 1) * width), 2 * item * width);
    tallies.set(against.subarray(item * width, (item + 1) * width), (2 * item + 1) * width);
  }
  const [mine, theirs] = bootstrap({
    tallies,
    width: 2 * width,
    statistics: [(sums) => metric.value(sums.subarray(0, width)), (sums) => metric.value(sums.subarray(width))],
    key,
    ...(resamples !== undefined && { resamples }),
    ...(clusters !== undefined && { clusters }),
  });
  const difference = subtract(mine!, theirs!);
  const exact = clusters === undefined ? mcnemarP(options) : undefined;
  return {
    system: mine!.value,
    against: theirs!.value,
    value: difference.value,
    ci: interval95(difference.resampled),
    p: exact ?? bootstrapP(difference, { informative: countInformative(options) }),
    test: exact === undefined ? "paired bootstrap" : "McNemar exact",
  };
}
