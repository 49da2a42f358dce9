// Draws the items a run scores.
import { deriveRandom } from "../../runtime/index.js";

/**
 * `n` items in random order, all of them where there are fewer. The sample is the beginning of one shuffle per run seed, so
 * a smaller one lies inside every larger one, and tasks over the same items (the two of PubMedQA) get the same documents.
 */
export function sampleItems<T>(items: readonly T[], n: number, runSeed: number): T[] {
  return deriveRandom(runSeed, "test items").sample(items, n);
}
