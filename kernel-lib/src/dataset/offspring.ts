// How many rows descend from each seed: whether the whole seed set speaks through the data, or a few favourites.
import { gini } from "./concentration.js";
import type { Triple } from "./triple.js";

export interface Offspring {
  /** Most fruitful first; every seed is listed, those without offspring too. */
  rows: { seedId: string; rows: number }[];
  /** Gini coefficient over all seeds: 0 all alike, towards 1 a few have everything. */
  gini: number;
  childless: number;
}

/** Counts the rows whose lineage names each seed; a row that was shown five seeds is an offspring of all five. */
export function seedOffspring(options: { triples: readonly Pick<Triple, "lineage">[]; seedIds: readonly string[] }): Offspring {
  const counts = new Map(options.seedIds.map((id) => [id, 0]));
  for (const { lineage } of options.triples)
    for (const id of new Set(lineage.seedIds)) if (counts.has(id)) counts.set(id, counts.get(id)! + 1);
  const rows = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([seedId, rows]) => ({ seedId, rows }));
  return { rows, gini: gini([...counts.values()]), childless: rows.filter(({ rows }) => rows === 0).length };
}
