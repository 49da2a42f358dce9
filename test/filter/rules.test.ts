import { describe, expect, it } from "vitest";
import {
  conflictingAnswers,
  firstBreach,
  instructionRules,
  responseRules,
  shortInputRule,
  statementRule,
} from "../../kernel-lib/src/filter/index.js";

const draft = { instruction: "Name the disease in the sentence.", input: "She had measles in May.", finishReason: "stop" };
const words = (count: number): string => Array.from({ length: count }, (_, index) => `word${index}`).join(" ");

describe("rules for written tasks", () => {
  it("lets a plain task pass", () => {
    expect(firstBreach(draft, [...instructionRules, statementRule, shortInputRule(5)])).toBeNull();
  });

  it.each([
    ["no-instruction", { instruction: "" }],
    ["cut-off", { finishReason: "length" }],
    ["no-input", { input: null }],
    ["too-short", { instruction: "Name the disease." }],
    ["too-long", { instruction: words(151) }],
    ["black-listed-word", { instruction: "Describe the picture of the lung." }],
    ["write-a-program", { instruction: "Write a program that counts cells." }],
    ["odd-opening", { instruction: "(Name) the disease below." }],
    ["odd-opening", { instruction: "Énumérez les maladies du texte." }],
    ["input-is-instruction", { input: "Name the disease in this sentence." }],
    ["input-is-label", { input: "Yes." }],
    ["input-ends-in-colon", { input: "The diseases are as follows:" }],
    ["placeholder", { input: "[insert patient note]" }],
    ["placeholder", { input: "..." }],
  ])("%s rejects %j", (rule, change) => {
    expect(firstBreach({ ...draft, ...change }, instructionRules)?.rule).toBe(rule);
  });

  it("keeps four words and 150 words, and says by how much others miss", () => {
    expect(firstBreach({ ...draft, instruction: words(4) }, instructionRules)).toBeNull();
    expect(firstBreach({ ...draft, instruction: words(150) }, instructionRules)).toBeNull();
    expect(firstBreach({ ...draft, instruction: words(3) }, instructionRules)?.breach).toEqual({ score: 3, threshold: 4 });
  });

  it("keeps a task that says it needs no input", () => {
    expect(firstBreach({ ...draft, input: "" }, [...instructionRules, shortInputRule(0)])).toBeNull();
  });

  it("does not take a black-listed word inside another word", () => {
    expect(firstBreach({ ...draft, instruction: "Explain the patient's profile in one line." }, instructionRules)).toBeNull();
  });

  it.each([
    ["The drug is used against malaria.", true],
    ["The drug is used. It is cheap.", true],
    ["12% of the mice were ill.", true],
    ["A review takes only trials. Say include or exclude.", false],
    ["The sentence names a drug: which one?", false],
    ["Determine the dose.", false],
  ])("statement: %s → %s", (instruction, broken) => {
    expect(statementRule.test({ ...draft, instruction }) !== null).toBe(broken);
  });

  it("counts the words of an input", () => {
    expect(shortInputRule(5).test({ ...draft, input: "four words are here" })).toEqual({ score: 4, threshold: 5 });
    expect(shortInputRule(5).test({ ...draft, input: "now five words are here" })).toBeNull();
  });
});

describe("rules for answers", () => {
  const answer = { instruction: draft.instruction, input: draft.input, output: "measles", finishReason: "stop" };

  it("lets a plain answer pass", () => {
    expect(firstBreach(answer, responseRules)).toBeNull();
  });

  it.each([
    ["empty-output", { output: " \n" }],
    ["cut-off", { finishReason: "length" }],
    ["output-is-input", { output: "she had  measles in May." }],
    ["output-is-instruction", { output: "Name the disease in the sentence." }],
    ["output-ends-in-colon", { output: "The diseases are:" }],
  ])("%s rejects %j", (rule, change) => {
    expect(firstBreach({ ...answer, ...change }, responseRules)?.rule).toBe(rule);
  });

  it("finds every answer to a task that was answered differently, but not to tasks without an input", () => {
    const rows = [
      { instruction: "Say yes or no", input: "a", output: "yes" },
      { instruction: "say  yes or no", input: "A", output: "no" },
      { instruction: "Say yes or no", input: "b", output: "yes" },
      { instruction: "Say yes or no", input: "b", output: "Yes" },
      { instruction: "Say something", input: "", output: "one" },
      { instruction: "Say something", input: "", output: "two" },
    ];
    expect([...conflictingAnswers(rows)]).toEqual([0, 1]);
  });
});
