// Passages and queries for `bench retrieval`: made-up words drawn by Zipf's law, the same in every run. Speed depends on how often words occur,
// not on what they say.
import { deriveRandom, type Random } from "../runtime/index.js";

const vocabulary = 100_000;

/** Rank r comes with probability proportional to about 1/r. */
const word = (random: Random): string => `w${Math.floor(vocabulary ** random.uniform()).toString(36)}`;
const words = (random: Random, from: number, to: number): string =>
  Array.from({ length: from + random.integer(to - from + 1) }, () => word(random)).join(" ");

/** A passage of 20 to 60 words. */
export const benchPassage = (index: number): { id: string; text: string } => ({
  id: `p${index}`,
  text: words(deriveRandom("bench", "passage", index), 20, 60),
});

/** A query of 5 to 15 words. */
export const benchQuery = (index: number): { query: string } => ({
  query: words(deriveRandom("bench", "query", index), 5, 15),
});
