// The percentile bootstrap over items (Efron & Tibshirani 1993, chapter 13), or over groups of items that belong together (Field & Welsh
// 2007). An item is a row of counts, a statistic is a function of the summed rows, so that means, micro F1 and differences of two systems
// on the same items are all resampled in one way.
import { deriveRandom } from "../../runtime/index.js";
import { percentiles } from "./order-statistics.js";
import { sumRowsByCluster, uniqueColumns, weightedSums } from "./resampling-matrix.js";

/** Resamples where nothing else asks for more. */
export const defaultResamples = 10_000;

export interface BootstrapOptions {
  /** One row an item, row after row: `rows × width` numbers. */
  tallies: Float64Array;
  width: number;
  /** Each maps the sum of all rows (`width` numbers) to a value. */
  statistics: readonly ((sums: Float64Array) => number)[];
  /** What the generator is derived from; the same key and number of clusters give the same draws. */
  key: readonly (string | number)[];
  /** Default 10,000. */
  resamples?: number;
  /** The cluster of each item, numbered from 0 without gaps; the items of one are drawn together. Default: each item is its own. */
  clusters?: Int32Array;
}

export interface BootstrapResult {
  /** The statistic on the items as they are. */
  value: number;
  /** Its value on each resample, in order of drawing. */
  resampled: Float64Array;
}

/** Draws the clusters with replacement; all statistics see the same draws. One result a statistic. */
export function bootstrap(options: BootstrapOptions): BootstrapResult[] {
  const { width, statistics, resamples = defaultResamples } = options;
  const rows = sumRowsByCluster(options);
  const clusters = rows.length / width;
  const { columns, positions } = uniqueColumns(rows, width);
  const sums = new Float64Array(width);
  const counts = new Float64Array(clusters).fill(1);
  const reduced = new Float64Array(columns.length);
  const addUp = (): void => {
    weightedSums(columns, counts, reduced);
    for (let column = 0; column < width; column++) sums[column] = reduced[positions[column]!]!;
  };
  addUp();
  const results = statistics.map((statistic) => ({ value: statistic(sums), resampled: new Float64Array(resamples) }));
  const random = deriveRandom("bootstrap", ...options.key, clusters);
  for (let resample = 0; resample < resamples; resample++) {
    counts.fill(0);
    for (let drawn = 0; drawn < clusters; drawn++) counts[random.integer(clusters)]!++;
    addUp();
    for (let index = 0; index < statistics.length; index++) results[index]!.resampled[resample] = statistics[index]!(sums);
  }
  return results;
}

/** The p-th percentile, interpolated linearly between ranks (NumPy's default). */
export const percentile = (values: Float64Array, p: number): number => percentiles(values, [p])[0]!;

/** The central 95 % of the resampled values. */
export function interval95(resampled: Float64Array): [number, number] {
  const [low, high] = percentiles(resampled, [2.5, 97.5]);
  return [low!, high!];
}
