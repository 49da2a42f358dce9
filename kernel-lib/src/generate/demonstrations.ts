// Which seeds a prompt shows. Draws are derived from the run seed and the row alone, so they do not depend on order or concurrency.
import { lcsWith, rougeTokens } from "../filter/index.js";
import { deriveRandom } from "../runtime/index.js";
import type { Seed } from "../seeds/index.js";

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
