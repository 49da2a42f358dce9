// All systems, shots and readings of a task resampled at once: what is compared has met the same draws, and the draws are made once.
import { type BootstrapResult, bootstrap } from "./bootstrap.js";
import { metricValue, type TallyTable } from "./tally-table.js";

/** A table with its bootstrap. */
export interface ResampledTable {
  table: TallyTable;
  /** How many groups of items were drawn from. */
  clusters: number;
  /** One for each of the table's columns. */
  results: BootstrapResult[];
}

const countClusters = ({ clusters, itemIds }: TallyTable): number =>
  clusters === undefined ? itemIds.length : clusters.reduce((most, cluster) => Math.max(most, cluster + 1), 0);

/** Tables of the same items side by side, an item a row. */
function joinTables(tables: readonly TallyTable[]): { tallies: Float64Array; width: number; shifts: number[] } {
  const shifts: number[] = [];
  let width = 0;
  for (const table of tables) {
    shifts.push(width);
    width += table.width;
  }
  const items = tables[0]!.itemIds.length;
  const tallies = new Float64Array(items * width);
  tables.forEach((table, index) => {
    for (let item = 0; item < items; item++)
      tallies.set(table.tallies.subarray(item * table.width, (item + 1) * table.width), item * width + shifts[index]!);
  });
  return { tallies, width, shifts };
}

function resampleGroup(
  tables: readonly TallyTable[],
  options: { key: readonly (string | number)[]; resamples: number },
): ResampledTable[] {
  const { tallies, width, shifts } = joinTables(tables);
  const { clusters } = tables[0]!;
  const results = bootstrap({
    ...options,
    tallies,
    width,
    statistics: tables.flatMap((table, index) =>
      table.columns.map((column) => (sums: Float64Array) => metricValue(column, sums, shifts[index])),
    ),
    ...(clusters !== undefined && { clusters }),
  });
  let taken = 0;
  return tables.map((table) => {
    const own = results.slice(taken, taken + table.columns.length);
    taken += table.columns.length;
    return { table, clusters: countClusters(table), results: own };
  });
}

/** Resamples tables of one task, in their order; those that answer the same items see the same draws. */
export function resampleTables(
  tables: readonly TallyTable[],
  options: { key: readonly (string | number)[]; resamples: number },
): ResampledTable[] {
  const groups = new Map<string, TallyTable[]>();
  for (const table of tables) {
    const key = table.itemIds.join("\n");
    groups.set(key, [...(groups.get(key) ?? []), table]);
  }
  const resampled = new Map(
    [...groups.values()].flatMap((group) => resampleGroup(group, options)).map((row) => [row.table, row]),
  );
  return tables.map((table) => resampled.get(table)!);
}
