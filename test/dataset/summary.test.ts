import { describe, expect, it } from "vitest";
import { distinctN, seedTriples, summarise, type Triple } from "../../kernel-lib/src/dataset/index.js";

const triple = (instruction: string, input: string, output: string): Triple => ({
  id: instruction,
  instruction,
  input,
  output,
  lineage: { seedIds: [], instructionId: null, passageIds: [], round: 1 },
});

describe("summary", () => {
  it("counts rows, lengths, distinct n-grams and labels", () => {
    const summary = summarise([
      triple("Name the organ", "the liver was large", "yes"),
      triple("Name the bone", "", "Yes "),
      triple("Say why", "it hurts", "because it broke"),
      triple("Say which of the two it was", "left", "no"),
    ]);
    expect(summary).toEqual({
      rows: 4,
      withInput: 3,
      instructionWords: { mean: 3.75, median: 3, min: 2, max: 7 },
      inputWords: { mean: 7 / 3, median: 2, min: 1, max: 4 },
      outputWords: { mean: 1.5, median: 1, min: 1, max: 3 },
      distinct1: 11 / 15,
      distinct2: 10 / 11,
      labels: [{ output: "yes", rows: 2, share: 0.5 }],
    });
  });

  it("takes the middle of two for an even count", () => {
    expect(summarise([triple("a", "", "x"), triple("a b c d", "", "y")]).instructionWords.median).toBe(2.5);
  });

  it("gives zeros for nothing", () => {
    expect(summarise(seedTriples([]))).toMatchObject({ rows: 0, distinct1: 0, outputWords: { mean: 0, median: 0 }, labels: [] });
  });

  it("has no n-grams in texts shorter than n", () => {
    expect(distinctN(["one", "two"], 2)).toBe(0);
  });
});
