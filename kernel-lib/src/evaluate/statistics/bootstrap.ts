// The percentile bootstrap over items (Efron & Tibshirani 1993, chapter 13). An item is a row of counts, a statistic is a function of the
// summed rows, so that means, micro F1 and differences of two systems on the same items are all resampled in one way.
import { deriveRandom } from "../../runtime/index.js";

export interface BootstrapOptions {
  /** One row an item, row after row: `rows × width` numbers. */
  tallies: Float64Array;
  width: number;
  /** Each maps the sum of all rows (`width` numbers) to a value. */
  statistics: readonly ((sums: Float64Array) => number)[];
  /** What the generator is derived from; the same key and number of items give the same draws. */
  key: readonly (string | number)[];
  /** Default 10,000. */
  resamples?: number;
}

export interface BootstrapResult {
  /** The statistic on the items as they are. */
  value: number;
  /** Its value on each resample, in order of drawing. */
  resampled: Float64Array;
}

/** Draws the items with replacement; all statistics see the same draws. One result a statistic. */
export function bootstrap(options: BootstrapOptions): BootstrapResult[] {
  const { tallies, width, statistics, resamples = 10_000 } = options;
  const items = tallies.length / width;
  const sums = new Float64Array(width);
  const addRow = (item: number): void => {
    for (let column = 0, at = item * width; column < width; column++, at++) sums[column]! += tallies[at]!;
  };
  for (let item = 0; item < items; item++) addRow(item);
  const results = statistics.map((statistic) => ({ value: statistic(sums), resampled: new Float64Array(resamples) }));
  const random = deriveRandom("bootstrap", ...options.key, items);
  for (let resample = 0; resample < resamples; resample++) {
    sums.fill(0);
    for (let drawn = 0; drawn < items; drawn++) addRow(random.integer(items));
    statistics.forEach((statistic, index) => {
      results[index]!.resampled[resample] = statistic(sums);
    });
  }
  return results;
}

/** The p-th percentile, interpolated linearly between ranks (NumPy's default). */
export function percentile(values: Float64Array, p: number): number {
  const sorted = values.slice().sort();
  const rank = ((sorted.length - 1) * p) / 100;
  const below = Math.floor(rank);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (rank - below);
}

/** The central 95 % of the resampled values. */
export function interval95(resampled: Float64Array): [number, number] {
  return [percentile(resampled, 2.5), percentile(resampled, 97.5)];
}
