// Rules against rows that are copies: of a seed that the prompt showed, or of a passage that was retrieved.
import type { Seed } from "../seeds/index.js";
import { createNoveltyIndex } from "./novelty.js";
import { rougeTokens } from "./rouge-l.js";
import { type Breach, measuredRule, type Rule } from "./rule.js";

const fewestInputWords = 5;

/**
 * An input taken over from a seed. Novelty asks about instruction and input together, or about the instruction alone, so that a seed's
 * input under another instruction passes it.
 * @throws InputError for a threshold outside 0–1 or finer than a thousandth.
 */
export function copyOfSeedRule(seeds: readonly Seed[], threshold = 0.7): Rule<{ input: string | null }> {
  const inputs = createNoveltyIndex({ threshold });
  for (const { id, input } of seeds) inputs.add(id, input);
  return {
    name: "copy-of-seed",
    reason: "the input is a seed's, by ROUGE-L F1 as novelty has it (ours)",
    threshold,
    test: ({ input }): Breach | null => (rougeTokens(input ?? "").length < fewestInputWords ? null : inputs.breach(input ?? "")),
    withThreshold: (other) => copyOfSeedRule(seeds, other),
  };
}

/** Words in the longest run that two texts share. */
export function longestSharedRun(one: readonly string[], other: readonly string[]): number {
  let longest = 0;
  let above = new Int32Array(other.length + 1);
  for (const word of one) {
    const row = new Int32Array(other.length + 1);
    other.forEach((match, at) => {
      if (match !== word) return;
      row[at + 1] = above[at]! + 1;
      longest = Math.max(longest, row[at + 1]!);
    });
    above = row;
  }
  return longest;
}

const fewestAnswerWords = 12;

/** An answer copied out of a passage; the passages' texts are not in the row and have to be handed in. */
export function copyOfPassageRule<Row extends { output: string }>(passagesOf: (row: Row) => readonly string[]): Rule<Row> {
  return measuredRule({
    name: "copy-of-passage",
    reason: "too much of the answer is one run of words of a retrieved passage; a short answer may be found there (ours)",
    limit: "at most",
    threshold: 0.8,
    score(row) {
      const answer = rougeTokens(row.output);
      if (answer.length < fewestAnswerWords) return null;
      return Math.max(0, ...passagesOf(row).map((text) => longestSharedRun(answer, rougeTokens(text)))) / answer.length;
    },
  });
}
