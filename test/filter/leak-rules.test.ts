import { describe, expect, it } from "vitest";
import { inventedSpanRule, leakedLabelRule } from "../../kernel-lib/src/filter/index.js";
import type { Seed } from "../../kernel-lib/src/seeds/index.js";

let number = 0;
const seed = (task: string, instruction: string, input: string, output: string): Seed => ({
  id: `bio-${String(++number).padStart(3, "0")}`,
  domain: "biomedicine",
  task,
  instruction,
  input,
  output,
  source: "test",
  licence: "Apache-2.0",
});

const seeds = [
  seed("extraction", "List every disease in the sentence.", "Measles and mumps were seen.", "measles, mumps"),
  seed("extraction", "Extract all diseases, or write none.", "The mice were fed twice a day.", "none"),
  seed("typed", "Tag genes and cancers with their types.", "KRAS is mutated in glioma.", "KRAS <Gene>, glioma <Cancer>"),
  seed("interaction", "Do the two drugs interact? Answer true or false.", "A raises the level of B.", "true"),
  seed("interaction", "Is an interaction stated? Answer true or false.", "A and B were given.", "false"),
  seed("question", "Answer the question with yes or no.", "Does smoking harm?", "yes"),
  seed("definition", "Define the term for a student.", "allele", "A variant form of a gene."),
];
const answered = (instruction: string, input: string, output: string) => ({ instruction, input, output, finishReason: "stop" });

describe("leaked labels", () => {
  const rule = leakedLabelRule(seeds);

  it.each([
    ["a label of another task", answered("Describe the drug in a sentence.", "Aspirin lowers fever.", "False."), true],
    ["yes to something that asks nothing", answered("Describe the drug.", "Aspirin lowers fever.", "Yes"), true],
    ["yes to a question", answered("Answer this.", "Does aspirin lower fever?", "yes"), false],
    ["a label that the instruction offers", answered("Write true or false.", "Aspirin lowers fever.", "true"), false],
    ["a label of its own kind", answered("State if the drugs interact.", "A raises the level of B.", "false"), false],
    ["words that are no label", answered("Describe the drug.", "Aspirin lowers fever.", "an antipyretic"), false],
  ])("%s", (_, row, leaked) => {
    expect(rule.test(row) !== null).toBe(leaked);
  });
});

describe("invented spans", () => {
  const rule = inventedSpanRule(seeds);

  it("rejects an extraction that is not in the input, with the share of its parts that are", () => {
    const row = answered("List every disease in the text.", "Rubella was seen.", "rubella, measles");
    expect(rule.test(row)).toEqual({ score: 0.5, threshold: 1 });
  });

  it.each([
    [
      "parts copied in any case and with types",
      answered("Tag genes and cancers with types.", "TP53 in sarcoma.", "tp53 <Gene>, sarcoma <Cancer>"),
    ],
    ["the word for nothing to copy", answered("List every disease in the text.", "The cells grew.", "none")],
    ["a task that is no extraction", answered("Define the term for a student.", "gene", "A stretch of DNA.")],
    ["a task unlike any seed", answered("Translate this.", "gene", "Gen")],
  ])("passes %s", (_, row) => {
    expect(rule.test(row)).toBeNull();
  });
});
