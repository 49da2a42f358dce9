// What the bootstrap adds up: a row a cluster, and every distinct column once. Systems that answer the same items share columns (the
// number of items, the gold counts), so that a table of many systems is resampled at little more than the cost of one.

/** One row a cluster: the sum of its items' rows. Without `clusters` the rows as they are. */
export function sumRowsByCluster(options: { tallies: Float64Array; width: number; clusters?: Int32Array }): Float64Array {
  const { tallies, width, clusters } = options;
  if (clusters === undefined) return tallies;
  const rows = new Float64Array(width * clusters.reduce((most, cluster) => Math.max(most, cluster + 1), 0));
  clusters.forEach((cluster, item) => {
    for (let column = 0; column < width; column++) rows[cluster * width + column]! += tallies[item * width + column]!;
  });
  return rows;
}

export interface UniqueColumns {
  /** The distinct columns, a value a cluster. */
  columns: Float64Array[];
  /** For each original column, its place in `columns`. */
  positions: Int32Array;
}

/** Drops every column that is equal to one before it. */
export function uniqueColumns(rows: Float64Array, width: number): UniqueColumns {
  const count = rows.length / width;
  const places = new Map<string, number>();
  const columns: Float64Array[] = [];
  const positions = new Int32Array(width);
  for (let column = 0; column < width; column++) {
    const values = new Float64Array(count);
    for (let row = 0; row < count; row++) values[row] = rows[row * width + column]!;
    const key = Buffer.from(values.buffer).toString("latin1");
    const place = places.get(key) ?? columns.push(values) - 1;
    places.set(key, place);
    positions[column] = place;
  }
  return { columns, positions };
}

/**
 * Each column's sum, a cluster counted as often as it was drawn. Four columns at a time: the counts are then read once for four sums,
 * and the sums stay in registers.
 */
export function weightedSums(columns: readonly Float64Array[], counts: Float64Array, sums: Float64Array): void {
  const inFours = columns.length - (columns.length % 4);
  for (let column = 0; column < inFours; column += 4) {
    const a = columns[column]!;
    const b = columns[column + 1]!;
    const c = columns[column + 2]!;
    const d = columns[column + 3]!;
    let [sumA, sumB, sumC, sumD] = [0, 0, 0, 0];
    for (let cluster = 0; cluster < counts.length; cluster++) {
      const count = counts[cluster]!;
      sumA += count * a[cluster]!;
      sumB += count * b[cluster]!;
      sumC += count * c[cluster]!;
      sumD += count * d[cluster]!;
    }
    sums[column] = sumA;
    sums[column + 1] = sumB;
    sums[column + 2] = sumC;
    sums[column + 3] = sumD;
  }
  for (let column = inFours; column < columns.length; column++) {
    const values = columns[column]!;
    let sum = 0;
    for (let cluster = 0; cluster < counts.length; cluster++) sum += counts[cluster]! * values[cluster]!;
    sums[column] = sum;
  }
}
