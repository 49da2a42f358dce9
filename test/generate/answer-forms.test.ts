import { describe, expect, it } from "vitest";
import { firstBreach, type Rule } from "../../kernel-lib/src/filter/index.js";
import { learnAnswerForms } from "../../kernel-lib/src/generate/answer-forms.js";
import {
  copiedShareRule,
  type FormedTask,
  inventedPartRule,
  labelSetRule,
  unaskedLabelRule,
} from "../../kernel-lib/src/generate/format-rules.js";
import { leversAtRest, type ResponsePreset } from "../../kernel-lib/src/generate/index.js";
import { repairAnswer } from "../../kernel-lib/src/generate/repair-answer.js";
import { loadSeeds, type Seed } from "../../kernel-lib/src/seeds/index.js";

const seed = (number: number, task: string, instruction: string, input: string, output: string): Seed => ({
  id: `bio-${String(number).padStart(3, "0")}`,
  domain: "biomedicine",
  task,
  instruction,
  input,
  output,
  source: "test",
  licence: "Apache-2.0",
});
const seeds = [
  seed(
    1,
    "organ-extraction",
    "List every organ in the sentence.",
    "The liver and the left kidney were seen.",
    "liver, left kidney",
  ),
  seed(2, "organ-extraction", "Write down each organ of the sentence.", "He felt fine.", "none"),
  seed(3, "virus-extraction", "Name all viruses that the report mentions.", "No virus was found.", "none"),
  seed(4, "virus-extraction", "Which viruses does the report mention?", "Measles was found.", "Measles"),
  seed(5, "judgement", "Does the trial support the drug? Answer yes or no.", "The drug failed.", "no"),
  seed(6, "judgement", "Say whether the drug helped: yes, no or maybe.", "It may have helped.", "maybe"),
  seed(7, "judgement", "Was the dose safe? Reply yes / no.", "No harm was seen.", "yes"),
  seed(8, "summary", "Put the report into one sentence.", "A long report about fever.", "Fever came and went."),
];
const forms = learnAnswerForms(seeds);
const formOf = (instruction: string, demoIds: string[] = []) => forms.of({ instruction, demoIds });
const preset: ResponsePreset = {
  ...leversAtRest,
  demonstrations: 5,
  choose: "related",
  temperature: 0,
  topP: 1,
  maxTokens: 80,
  labelsOnlyWhereAsked: true,
  repairSpans: true,
};
const repair = (instruction: string, input: string, output: string, finishReason = "stop") =>
  repairAnswer({ answer: { input, output, finishReason }, form: formOf(instruction), forms, preset });
const rules: Rule<FormedTask>[] = [labelSetRule, unaskedLabelRule(forms), inventedPartRule, copiedShareRule(0.6)];
const brokenRule = (instruction: string, input: string, output: string): string | undefined =>
  firstBreach({ instruction, input, output, finishReason: "stop", form: formOf(instruction) }, rules)?.rule;

describe("the form of an answer", () => {
  it("is learnt from the seeds of the nearest wording", () => {
    expect(formOf("List every bone in the sentence.").form).toBe("extraction");
    expect(formOf("Put the letter into one sentence.").form).toBe("free");
    expect(formOf("Does the trial support the vaccine?")).toMatchObject({ form: "label", labels: ["yes", "no"] });
    expect(formOf("Compare both therapies at length.").form).toBe("free");
  });

  it("is a label where the instruction itself offers two or more, and not where it only uses such words", () => {
    expect(formOf("Decide on the claim below; possible answers: no, yes, or maybe.").labels).toEqual(["no", "yes", "maybe"]);
    expect(formOf("Compare both therapies, maybe at length, with no table.").form).toBe("free");
  });

  it("needs less likeness where the task was written after seeds of that kind", () => {
    const instruction = "Read this and list every single bone that you can find in it.";
    expect(formOf(instruction).form).toBe("free");
    expect(formOf(instruction, ["bio-001"]).form).toBe("extraction");
    expect(formOf(instruction, ["bio-008", "task-0003"]).form).toBe("free");
  });
});

describe("the rules for the form", () => {
  it("hold a closed-label task to its labels", () => {
    expect(brokenRule("Does the trial support the vaccine?", "It failed.", "No.")).toBeUndefined();
    expect(brokenRule("Does the trial support the vaccine?", "It failed.", "It failed")).toBe("label-out-of-set");
  });

  it("allow a bare label elsewhere only as the answer to a question that it answers", () => {
    expect(brokenRule("What caused the fever?", "A virus.", "no")).toBe("unasked-label");
    expect(brokenRule("Explain what is known.", "Question: Is measles a virus?", "yes")).toBeUndefined();
    expect(brokenRule("Explain what is known.", "Question: Is measles a virus?", "maybe")).toBe("unasked-label");
  });

  it("allow 'none' only for task kinds whose seeds know it", () => {
    expect(brokenRule("Write down each bone of the sentence.", "He ran.", "none")).toBeUndefined();
    expect(brokenRule("Put the letter into one sentence.", "He ran.", "none")).toBe("unasked-label");
  });

  it("drop an answer that copies more than the given share of the input", () => {
    const input = "one two three four five six seven eight nine ten";
    expect(brokenRule("Compare both.", input, "one two three, four five six")).toBeUndefined();
    expect(brokenRule("Compare both.", input, "one two three, four five six seven")).toBe("copied-input");
  });

  it.each(["biomedicine", "finance"] as const)("pass every seed of our own: %s", (domain) => {
    const own = loadSeeds({ domain });
    const ownForms = learnAnswerForms(own);
    const ownRules: Rule<FormedTask>[] = [labelSetRule, unaskedLabelRule(ownForms), inventedPartRule, copiedShareRule(0.6)];
    const broken = own.flatMap((row) => {
      const form = ownForms.of({ instruction: row.instruction, demoIds: [row.id] });
      const breach = firstBreach({ ...row, finishReason: "stop", form }, ownRules);
      return breach === null ? [] : [`${row.id} ${breach.rule}`];
    });
    expect(broken).toEqual([]);
  });
});

describe("repairing an answer", () => {
  const task = "List every organ in the sentence below.";
  const input = "The spleen, the liver and the heart valve were seen.";

  it("keeps the parts of an extraction that the input holds, each once, with their types", () => {
    expect(repair(task, input, "Spleen <Organ>, lung, liver; liver")).toEqual({
      output: "Spleen <Organ>, liver",
      finishReason: "stop",
      repairs: ["dropped-parts"],
    });
    expect(repair(task, input, "spleen; heart valve")).toMatchObject({ output: "spleen; heart valve", repairs: [] });
  });

  it("leaves an answer alone of which nothing would remain, and the rule drops it", () => {
    expect(repair(task, input, "lung, bone").output).toBe("lung, bone");
    expect(brokenRule(task, input, "lung, bone")).toBe("invented-span");
    expect(repair(task, input, "none").output).toBe("none");
  });

  it("ends a list where it began to repeat itself, so that the token limit cut nothing off", () => {
    expect(repair(task, input, "spleen, liver, spleen, liver, spl", "length")).toEqual({
      output: "spleen, liver",
      finishReason: "stop",
      repairs: ["dropped-parts", "ended-loop"],
    });
    expect(repair(task, input, "spleen, liver, hea", "length").finishReason).toBe("length");
  });

  it("spells a label as the seeds do, and changes no other text", () => {
    expect(repair("Does the trial support it?", "", "No.")).toMatchObject({ output: "no", repairs: ["label-spelling"] });
    expect(repair("Put the letter into one sentence.", "", "No fever.")).toMatchObject({ output: "No fever.", repairs: [] });
  });
});
