import { describe, expect, test } from "vitest";
import {
  describeTruncations,
  type EvaluationPlanOptions,
  planEvaluation,
  truncationsOf,
} from "../../kernel-lib/src/evaluate/index.js";
import { InputError, sha256 } from "../../kernel-lib/src/runtime/index.js";
import { colours, makeItems } from "./fixtures.js";

const pool = makeItems(20, "shot");
const items = makeItems(3);
const countTokens = (prompt: string): number => prompt.split(/\s+/).length;
const plan = (options: Partial<EvaluationPlanOptions> = {}) =>
  planEvaluation({
    ...{ task: colours, items, demonstrations: pool, ks: [0, 5], draws: 2, runSeed: 1, contextTokens: 4096, maxTokens: 10 },
    countTokens,
    ...options,
  });

describe("the plan of an evaluation", () => {
  test("asks every item once at k = 0 and once a draw at k > 0, prompts with a common beginning next to each other", async () => {
    const { questions, truncations } = await plan();
    expect(questions.map(({ item, k, draw }) => `${k}/${draw}/${item.id}`)).toEqual([
      ...["item-0", "item-1", "item-2"].map((id) => `0/0/${id}`),
      ...["item-0", "item-1", "item-2"].map((id) => `5/0/${id}`),
      ...["item-0", "item-1", "item-2"].map((id) => `5/1/${id}`),
    ]);
    expect(truncations).toEqual([]);
    expect(questions.every(({ prompt, promptHash }) => promptHash === sha256(prompt))).toBe(true);
  });

  test("gives the items of one draw a common beginning, which a server computes once", async () => {
    const { questions } = await plan();
    const prompts = questions.filter(({ k, draw }) => k === 5 && draw === 0).map(({ prompt }) => prompt);
    const question = `${items[0]!.input}\n\n### Response:\n`;
    const shared = prompts[0]!.slice(0, prompts[0]!.length - question.length);
    expect(prompts.every((prompt) => prompt.startsWith(shared))).toBe(true);
    expect(shared.match(/shot number/g)).toHaveLength(5);
  });

  test("drops whole demonstrations from the end, and only for the item that is too long", async () => {
    const long = { ...items[0]!, id: "long", input: "word ".repeat(60).trim() };
    const { questions, truncations } = await plan({ ks: [5], draws: 1, items: [...items, long], contextTokens: 120 });
    const [full, , , cut] = questions;
    expect(full!.demoIds).toHaveLength(5);
    expect(cut!.demoIds.length).toBeGreaterThan(0);
    expect(cut!.demoIds).toEqual(full!.demoIds.slice(0, cut!.demoIds.length));
    expect(cut!.prompt).toContain(`${long.input}\n\n### Response:\n`);
    expect(countTokens(cut!.prompt) + 10).toBeLessThanOrEqual(120);
    const dropped = 5 - cut!.demoIds.length;
    expect(truncations).toEqual([{ k: 5, draw: 0, prompts: 4, items: 1, dropped, droppedPassages: 0, tooLong: 0 }]);
    expect(describeTruncations({ truncations, contextTokens: 120 })).toBe(
      "k = 5: 1 of 4 prompts hold fewer than 5 demonstrations (context of 120 tokens)",
    );
  });

  test("what was dropped is read back from the rows, whatever pool there is to draw from", async () => {
    const long = { ...items[0]!, id: "long", input: "word ".repeat(60).trim() };
    const few = { items: [...items, long], demonstrations: pool.slice(0, 4) };
    const { questions, truncations } = await plan({ ...few, ks: [0, 5], contextTokens: 120 });
    expect(truncations).toHaveLength(2);
    expect(truncationsOf({ task: colours, ...few, rows: questions })).toEqual(truncations);
  });

  test("tells in one line what did not fit, over all draws of a k", () => {
    const cut = { prompts: 600, items: 2, dropped: 3, droppedPassages: 0, tooLong: 0 };
    const truncations = [
      { ...cut, k: 0, draw: 0, items: 0, dropped: 0, tooLong: 1 },
      { ...cut, k: 5, draw: 0 },
      { ...cut, k: 5, draw: 1, droppedPassages: 4 },
    ];
    expect(describeTruncations({ truncations, contextTokens: 2048 })).toBe(
      "k = 0: 1 of 600 questions are too long to be asked; k = 5: 4 of 1,200 prompts hold fewer than 5 demonstrations, 4 passages are left out (context of 2,048 tokens)",
    );
    expect(describeTruncations({ truncations: [], contextTokens: 2048 })).toBe("");
  });

  test("never cuts a question: one that does not fit alone is marked, with the numbers", async () => {
    const { questions, truncations } = await plan({ ks: [5], draws: 1, contextTokens: 15 });
    expect(questions.every(({ demoIds }) => demoIds.length === 0)).toBe(true);
    expect(questions[0]!.tooLong).toMatch(/takes \d+ tokens and its answer up to 10, the context holds 15/);
    expect(truncations[0]).toMatchObject({ items: 3, dropped: 15, tooLong: 3 });
  });

  test("puts retrieved passages before the question's input, names them, and gives them up after the demonstrations", async () => {
    const passages = [
      { id: "p1", text: "first\n passage" },
      { id: "p2", text: "second passage" },
    ];
    const retrieve = async () => ({ passages });
    const roomy = await plan({ ks: [0, 1], draws: 1, retrieve });
    expect(roomy.questions.every(({ passageIds }) => passageIds.join() === "p1,p2")).toBe(true);
    expect(roomy.questions[0]!.prompt).toContain("Passage 1: first passage\n\nPassage 2: second passage\n\nitem number 0");
    expect(roomy.questions[3]!.prompt.match(/Passage 1/g)).toHaveLength(1);
    const alone = countTokens((await plan({ ks: [0] })).questions[0]!.prompt);
    const narrow = await plan({ ks: [1], draws: 1, retrieve, contextTokens: alone + 10 + 4 });
    expect(narrow.questions[0]).toMatchObject({ demoIds: [], passageIds: ["p1"] });
    expect(narrow.truncations).toEqual([{ k: 1, draw: 0, prompts: 3, items: 3, dropped: 3, droppedPassages: 3, tooLong: 0 }]);
  });

  test("notes how often each label stands among the demonstrations of a draw", async () => {
    const { shotLabels } = await plan();
    expect(shotLabels.map(({ k, draw }) => [k, draw])).toEqual([
      [5, 0],
      [5, 1],
    ]);
    for (const { counts } of shotLabels) {
      expect(Object.keys(counts)).toEqual(["red", "green", "blue"]);
      expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(5);
    }
  });

  test("refuses a question that is among the demonstrations", async () => {
    await expect(plan({ demonstrations: [...pool, items[1]!] })).rejects.toThrow(InputError);
    await expect(plan({ demonstrations: [...pool, items[1]!] })).rejects.toThrow(/item item-1 among the questions/);
  });
});
