// The seeds in the order of their likeness to a text, by ROUGE-L F1. Eighty seeds are compared one by one; a row takes well below
// a millisecond.
import { lcsWith, rougeTokens } from "../filter/index.js";
import type { Seed } from "../seeds/index.js";

export interface NearSeed {
  seed: Seed;
  /** ROUGE-L F1, 0–1. */
  score: number;
}

export type SeedText = (seed: Seed) => string;

/** What a task is compared by where its input counts too. */
export const wholeTask = ({ instruction, input }: { instruction: string; input: string }): string => `${instruction}\n${input}`;

/**
 * Ranks all seeds for one text after another, the nearest first, equals in file order. `textOf` says what of a seed is compared.
 */
export function seedRanking(seeds: readonly Seed[], textOf: SeedText): (text: string) => NearSeed[] {
  const tokens = seeds.map((seed) => rougeTokens(textOf(seed)));
  return (text) => {
    const words = rougeTokens(text);
    const lcs = lcsWith(words);
    return seeds
      .map((seed, index) => {
        const other = tokens[index]!;
        return { seed, index, score: (2 * lcs(other)) / Math.max(1, words.length + other.length) };
      })
      .sort((a, b) => b.score - a.score || a.index - b.index)
      .map(({ seed, score }) => ({ seed, score }));
  };
}
