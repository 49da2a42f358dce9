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
  /** Row after row, `columns` numbers each. */
  matrix: Float64Array;
  columns: number;
  /** For each original column, its place in `matrix`. */
  positions: Int32Array;
}

/** Drops every column that is equal to one before it. */
export function uniqueColumns(rows: Float64Array, width: number): UniqueColumns {
  const count = rows.length / width;
  const places = new Map<string, number>();
  const kept: Float64Array[] = [];
  const positions = new Int32Array(width);
  for (let column = 0; column < width; column++) {
    const values = new Float64Array(count);
    for (let row = 0; row < count; row++) values[row] = rows[row * width + column]!;
    const key = Buffer.from(values.buffer).toString("latin1");
    const place = places.get(key) ?? kept.push(values) - 1;
    places.set(key, place);
    positions[column] = place;
  }
  const matrix = new Float64Array(count * kept.length);
  kept.forEach((values, column) => {
    for (let row = 0; row < count; row++) matrix[row * kept.length + column] = values[row]!;
  });
  return { matrix, columns: kept.length, positions };
}
