import { describe, expect, it } from "vitest";
import { parseInstruction, parseResponse } from "../../kernel-lib/src/generate/index.js";

const task = { instruction: "Name the organ.", input: "The liver was large." };

describe("reading a task out of a base model's text", () => {
  it.each([
    ["the layout asked for", " Name the organ.\nInput: The liver was large."],
    ["a repeated label", "Instruction: Name the organ.\nInput: The liver was large."],
    ["other capitals and spaces", "name the organ.\n  INPUT :  The liver   was large. "],
    ["asterisks", " **Name the organ.**\n**Input:** The liver was large."],
    ["asterisks inside the colon", "Name the organ.\n**Input**: The liver was large."],
    ["hashes and fences", "Name the organ.\n### Input:\nThe liver was large.\n###"],
    ["numbers", "Name the organ.\n2. Input: The liver was large.\n3. Output: liver"],
    ["numbered labels", "Name the organ.\nInput 4: The liver was large.\n\nInstruction 5: Say more."],
    ["a label inside the line", "Name the organ. Input: The liver was large. Output: liver"],
    ["an answer that was not asked for", "Name the organ.\nInput: The liver was large.\nAnswer: liver\nInput: The heart."],
    ["a further task", "Name the organ.\n\nInput:\n\nThe liver was large.\n\nInstruction: Again.\nInput: No."],
    ["the input's label twice", "Name the organ.\nInput: Input: The liver was large."],
    ["Windows line ends", "Name the organ.\r\nInput: The liver was large.\r\n"],
  ])("%s", (_, text) => {
    expect(parseInstruction({ text, finishReason: "stop" })).toEqual({ ...task, finishReason: "stop" });
  });

  it("keeps the lines of an input apart", () => {
    expect(parseInstruction({ text: "Add up.\nInput: rent 5\n  food 7\nOutput: 12", finishReason: "stop" }).input).toBe(
      "rent 5\nfood 7",
    );
  });

  it("leaves out what drifts on behind a blank line, even when the drift was cut off", () => {
    const text = "Name the organ.\nInput: The liver was large.\n\nThese examples show that one can";
    expect(parseInstruction({ text, finishReason: "length" })).toEqual({ ...task, finishReason: "stop" });
  });

  it("does not take a word with a colon for a label", () => {
    const text = "Answer the question.\nInput: Question: is it the liver? Context: The input: blood.";
    expect(parseInstruction({ text, finishReason: "stop" }).input).toBe("Question: is it the liver? Context: The input: blood.");
  });

  it.each(["(none)", "None.", "n/a", "<noinput>", "", "Instruction: Name another.", "Output: liver"])(
    "reads %j as no input",
    (said) => {
      expect(parseInstruction({ text: `Define allele.\nInput: ${said}`, finishReason: "stop" }).input).toBe("");
    },
  );

  it.each([
    ["nothing at all", "", { instruction: "", input: null }],
    ["white space", " \n \n", { instruction: "", input: null }],
    ["no input section", "Name the organ.", { instruction: "Name the organ.", input: null }],
    ["an answer first", "\nOutput: liver", { instruction: "", input: null }],
  ])("%s", (_, text, expected) => {
    expect(parseInstruction({ text, finishReason: "stop" })).toMatchObject(expected);
  });

  it("counts a task as whole when only what follows it was cut off", () => {
    expect(parseInstruction({ text: "Name it.\nInput: The liver.\nOutput: liv", finishReason: "length" }).finishReason).toBe(
      "stop",
    );
    expect(parseInstruction({ text: "Name it.\nInput: The liv", finishReason: "length" }).finishReason).toBe("length");
  });
});

describe("reading an answer", () => {
  it.each([
    ["plain", " liver, heart", "liver, heart"],
    ["a repeated label", "Output: liver", "liver"],
    ["a next task", " liver\n\nInstruction: Say more.\nInput: x", "liver"],
    ["several lines", " first\n\nsecond  line\n###", "first\nsecond line"],
    ["nothing", "\nInstruction: Say more.", ""],
  ])("%s", (_, text, answer) => {
    expect(parseResponse(text)).toBe(answer);
  });
});
