// Which tasks a prompt shows. Draws are derived from the run seed and the row alone, so they do not depend on order or concurrency.
import { lcsWith, rougeTokens } from "../filter/index.js";
import { deriveRandom, type Random } from "../runtime/index.js";
import type { Seed } from "../seeds/index.js";
import type { ShownTask } from "./instruction-prompt.js";

/** `count` distinct seeds at random for one key, such as `[runSeed, "instructions", 7]`. */
export function randomDemonstrations(options: { seeds: readonly Seed[]; count: number; key: (string | number)[] }): Seed[] {
  return deriveRandom(...options.key, "demonstrations").sample(options.seeds, options.count);
}

/** Seeds from the nearest instruction (ROUGE-L F1) to the farthest; equals in file order. */
function byNearness(seeds: readonly Seed[]): (instruction: string) => Seed[] {
  const tokens = seeds.map(({ instruction }) => rougeTokens(instruction));
  return (instruction) => {
    const words = rougeTokens(instruction);
    const lcs = lcsWith(words);
    const score = tokens.map((other) => (2 * lcs(other)) / Math.max(1, words.length + other.length));
    const order = seeds.map((_, index) => index).sort((a, b) => score[b]! - score[a]! || a - b);
    return order.map((index) => seeds[index]!);
  };
}

export interface RelatedSeeds {
  /** The block of one seed: the seed itself last, before it those of its task kind and then the nearest in wording, nearest last. */
  of(seed: Seed): Seed[];
  /** The block of the seed whose instruction is nearest to this one: rows that share it share their whole prompt up to the task. */
  nearestTo(instruction: string): Seed[];
}

/** Blocks of `count` demonstrations that resemble each other; a tiny model follows a pattern better than a mixture. */
export function relatedDemonstrations({ seeds, count }: { seeds: readonly Seed[]; count: number }): RelatedSeeds {
  const nearest = byNearness(seeds);
  const blocks = new Map<string, Seed[]>();
  const of = (seed: Seed): Seed[] => {
    let block = blocks.get(seed.id);
    if (block === undefined) {
      const others = nearest(seed.instruction).filter(({ id }) => id !== seed.id);
      const sameKind = others.filter(({ task }) => task === seed.task);
      const otherKind = others.filter(({ task }) => task !== seed.task);
      block = [seed, ...sameKind, ...otherKind].slice(0, count).reverse();
      blocks.set(seed.id, block);
    }
    return block;
  };
  return {
    of,
    nearestTo(instruction) {
      const [seed] = nearest(instruction);
      return seed === undefined ? [] : of(seed);
    },
  };
}

/** `count` distinct whole numbers below `n`, all of them where there are fewer, in time that does not grow with n (Floyd 1987). */
function sampleBelow(random: Random, n: number, count: number): number[] {
  const drawn = new Set<number>();
  for (let top = Math.max(0, n - count); top < n; top++) {
    const candidate = random.integer(top + 1);
    drawn.add(drawn.has(candidate) ? top : candidate);
  }
  return [...drawn];
}

/**
 * Puts up to `count` of the first `pool` rows that the model wrote in the place of seeds (Self-Instruct's bootstrap: up to 2 of 8). With
 * `order` "shuffled" they stand anywhere, with "first" before the seeds, in the place of those shown farthest from the end.
 */
export function mixInMachineTasks(options: {
  seeds: readonly Seed[];
  rows: readonly ShownTask[];
  pool: number;
  count: number;
  order: "shuffled" | "first";
  key: (string | number)[];
}): readonly ShownTask[] {
  const { seeds, rows, pool, order, key } = options;
  const count = Math.min(options.count, seeds.length);
  const machine = sampleBelow(deriveRandom(...key, "machine-written"), pool, count).map((index) => rows[index]!);
  if (machine.length === 0) return seeds;
  const shown = [...machine, ...seeds.slice(machine.length)];
  return order === "first" ? shown : deriveRandom(...key, "order").shuffle(shown);
}
