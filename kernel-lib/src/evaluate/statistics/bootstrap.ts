// The percentile bootstrap over items (Efron & Tibshirani 1993, chapter 13), or over groups of items that belong together (Field & Welsh
// 2007). An item is a row of counts, a statistic is a function of the summed rows, so that means, micro F1 and differences of two systems
// on the same items are all resampled in one way.
import { deriveRandom } from "../../runtime/index.js";
import { sumRowsByCluster, uniqueColumns } from "./resampling-matrix.js";

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
  const { matrix, columns, positions } = uniqueColumns(rows, width);
  const reduced = new Float64Array(columns);
  const sums = new Float64Array(width);
  const addUp = (counts: Uint32Array): void => {
    reduced.fill(0);
    for (let cluster = 0; cluster < clusters; cluster++) {
      const count = counts[cluster]!;
      if (count === 0) continue;
      const row = cluster * columns;
      for (let column = 0; column < columns; column++) reduced[column]! += count * matrix[row + column]!;
    }
    for (let column = 0; column < width; column++) sums[column] = reduced[positions[column]!]!;
  };
  const counts = new Uint32Array(clusters).fill(1);
  addUp(counts);
  const results = statistics.map((statistic) => ({ value: statistic(sums), resampled: new Float64Array(resamples) }));
  const random = deriveRandom("bootstrap", ...options.key, clusters);
  for (let resample = 0; resample < resamples; resample++) {
    counts.fill(0);
    for (let drawn = 0; drawn < clusters; drawn++) counts[random.integer(clusters)]!++;
    addUp(counts);
    for (let index = 0; index < statistics.length; index++) results[index]!.resampled[resample] = statistics[index]!(sums);
  }
  return results;
}

function percentileOfSorted(sorted: Float64Array, p: number): number {
  const rank = ((sorted.length - 1) * p) / 100;
  const below = Math.floor(rank);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (rank - below);
}

/** The p-th percentile, interpolated linearly between ranks (NumPy's default). */
export const percentile = (values: Float64Array, p: number): number => percentileOfSorted(values.slice().sort(), p);

/** The central 95 % of the resampled values. */
export function interval95(resampled: Float64Array): [number, number] {
  const sorted = resampled.slice().sort();
  return [percentileOfSorted(sorted, 2.5), percentileOfSorted(sorted, 97.5)];
}
