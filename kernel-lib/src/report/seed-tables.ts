// The tables of a seed set: its task kinds, and nested subsets of it.
import { countTaskKinds, nestedSubset, type Seed } from "../seeds/index.js";
import { type Table, tableFromRecords } from "./table.js";

/** A row a number of seeds, commonest kinds first. */
export function kindsTable(seeds: readonly Seed[]): Table {
  const byCount = new Map<number, string[]>();
  for (const [kind, count] of countTaskKinds(seeds)) byCount.set(count, [...(byCount.get(count) ?? []), kind]);
  const rows = [...byCount].sort(([a], [b]) => b - a);
  const all = [...byCount.values()].flat().length;
  return tableFromRecords(
    `${seeds.length} seeds of ${all} task kinds`,
    rows.map(([count, kinds]) => ({ "seeds of each": count, kinds: kinds.length, "task kinds": kinds.join(", ") })),
  );
}

/** Subsets of these sizes; each says whether it holds the one above it. */
export function subsetsTable(seeds: readonly Seed[], { counts, runSeed }: { counts: readonly number[]; runSeed: number }): Table {
  const subsets = counts.map((count) => nestedSubset(seeds, count, runSeed));
  const records = subsets.map((subset, index) => {
    const before = subsets[index - 1];
    const ids = new Set(subset.map(({ id }) => id));
    return {
      seeds: subset.length,
      kinds: countTaskKinds(subset).size,
      "holds the one above": before === undefined ? "" : before.every(({ id }) => ids.has(id)) ? "yes" : "no",
      ids: subset.map(({ id }) => id).join(" "),
    };
  });
  return tableFromRecords("Nested subsets", records, [`Drawn by the run seed, here ${runSeed}.`]);
}
