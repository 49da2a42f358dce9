// Counts over task kinds, and nested subsets for experiments over seed counts: 5 ⊂ 10 ⊂ 20 … share one order.
import { deriveRandom, InputError } from "../runtime/index.js";
import type { Seed } from "./seed.js";

/** How many seeds each task kind has, in order of first appearance. */
export function countTaskKinds(seeds: readonly Seed[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { task } of seeds) counts.set(task, (counts.get(task) ?? 0) + 1);
  return counts;
}

/** Rounds over the shuffled task kinds, one seed of each kind a round, so that every prefix covers as many kinds as it can. */
function stratifiedOrder(seeds: readonly Seed[], runSeed: number): Seed[] {
  const random = deriveRandom(runSeed, "seed-subset");
  const byKind = new Map<string, Seed[]>();
  for (const seed of random.shuffle(seeds)) byKind.set(seed.task, [...(byKind.get(seed.task) ?? []), seed]);
  const kinds = [...byKind.values()];
  const rounds = Math.max(0, ...kinds.map((kind) => kind.length));
  return Array.from({ length: rounds }, (_, round) =>
    random.shuffle(kinds.flatMap((kind) => kind.slice(round, round + 1))),
  ).flat();
}

/**
 * The first `count` seeds of an order that depends on the run seed only, so a larger subset contains every smaller one
 * and a small one already spans many task kinds.
 * @throws InputError when count is not a whole number from 1 to the number of seeds.
 */
export function nestedSubset(seeds: readonly Seed[], count: number, runSeed: number): Seed[] {
  if (!Number.isInteger(count) || count < 1 || count > seeds.length)
    throw new InputError({
      got: `a subset of ${count} seeds`,
      allowed: `1 to ${seeds.length}`,
      todo: "ask for fewer or add seeds",
    });
  return stratifiedOrder(seeds, runSeed).slice(0, count);
}
