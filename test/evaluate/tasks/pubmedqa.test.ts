import { describe, expect, it } from "vitest";
import { getTask } from "../../../kernel-lib/src/evaluate/tasks/index.js";
import { contextWords } from "../../../kernel-lib/src/evaluate/tasks/pubmedqa-file.js";
import { InputError } from "../../../kernel-lib/src/runtime/index.js";
import { textSource } from "./sources.js";

const entry = (decision: string) => ({
  QUESTION: "Is it so?",
  CONTEXTS: ["First part.", Array.from({ length: 150 }, (_, index) => `w${index}`).join(" ")],
  final_decision: decision,
  LONG_ANSWER: "It is.",
});
const files = (questions: unknown, test: unknown) =>
  textSource((name) => JSON.stringify(name.endsWith("ori_pqal.json") ? questions : test));
const good = files({ one: entry("yes"), two: entry("maybe") }, { two: "maybe" });

describe("pubmedqa", () => {
  it("scores the ids of the test file and keeps the others for demonstrations", () => {
    const ids = (split: "test" | "demonstrations") =>
      getTask("pubmedqa")
        .load(good, split)
        .map(({ id }) => id);
    expect([ids("test"), ids("demonstrations")]).toEqual([["two"], ["one"]]);
  });

  it("shows the last words of the context, then the question", () => {
    const { input } = getTask("pubmedqa").load(good, "test")[0]!;
    const [context, question] = input.split("\n");
    expect(context!.split(" ")).toHaveLength(contextWords + 1);
    expect(context).toMatch(/^Context: w50 .* w149$/);
    expect(question).toBe("Question: Is it so?");
  });

  it("asks the same of both forms and expects a label or the conclusion", () => {
    const [short] = getTask("pubmedqa").load(good, "test");
    const [long] = getTask("pubmedqa-long").load(good, "test");
    expect(long!.input).toBe(short!.input);
    expect([short!.gold, short!.label, long!.gold, long!.label]).toEqual(["maybe", "maybe", "It is.", undefined]);
  });

  it.each([
    ["an unknown decision", files({ one: entry("perhaps") }, {}), "one.final_decision"],
    ["a test id that is not there", files({ one: entry("yes") }, { two: "no" }), "two"],
    ["two files that disagree", files({ one: entry("yes") }, { one: "no" }), '"no" for one'],
    ["a file that is not JSON", textSource(() => "{"), "pubmedqa/ori_pqal.json is not JSON"],
  ])("refuses %s, saying where", (_, source, where) => {
    expect(() => getTask("pubmedqa").load(source, "test")).toThrow(InputError);
    expect(() => getTask("pubmedqa").load(source, "test")).toThrow(where);
  });
});
