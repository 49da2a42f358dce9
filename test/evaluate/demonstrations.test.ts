import { describe, expect, test } from "vitest";
import { drawDemonstrations, estimateTokens, fitDemonstrations, planEvaluation } from "../../kernel-lib/src/evaluate/index.js";
import { colours, makeItems } from "./fixtures.js";

const pool = makeItems(20, "shot");
const items = makeItems(3);
const draw = (fields: { k: number; draw: number; runSeed?: number }) =>
  drawDemonstrations({ task: colours, pool, runSeed: 1, ...fields }).map(({ input }) => input);

describe("demonstrations", () => {
  test("are k different items with the task's instruction and the right answer", () => {
    const shots = drawDemonstrations({ task: colours, pool, k: 5, draw: 0, runSeed: 1 });
    expect(new Set(shots.map(({ input }) => input)).size).toBe(5);
    for (const { instruction, input, output } of shots) {
      expect(instruction).toBe(colours.instruction);
      expect(pool.find((item) => item.input === input)?.gold).toBe(output);
    }
  });

  test("one shot is the first of five of the same draw; another draw or run seed gives others", () => {
    const five = draw({ k: 5, draw: 0 });
    expect(draw({ k: 1, draw: 0 })).toEqual(five.slice(0, 1));
    expect(draw({ k: 5, draw: 1 })).not.toEqual(five);
    expect(draw({ k: 5, draw: 0, runSeed: 2 })).not.toEqual(five);
  });

  test("are dropped whole, as many as the longest item's prompt needs", () => {
    const demonstrations = drawDemonstrations({ task: colours, pool, k: 5, draw: 0, runSeed: 1 });
    const keptWithin = (contextTokens: number) =>
      fitDemonstrations({ task: colours, items, demonstrations, contextTokens, maxTokens: 10 }).demonstrations.length;
    expect(keptWithin(10_000)).toBe(5);
    expect(keptWithin(0)).toBe(0);
    const sizes = Array.from({ length: 300 }, (_, context) => keptWithin(context));
    expect(new Set(sizes)).toEqual(new Set([0, 1, 2, 3, 4, 5]));
    expect(sizes).toEqual([...sizes].sort());
  });
});

describe("the plan", () => {
  const plan = (contextTokens: number) =>
    planEvaluation({
      task: colours,
      items,
      demonstrations: pool,
      ks: [0, 5],
      draws: 2,
      runSeed: 1,
      contextTokens,
      maxTokens: 10,
    });

  test("asks every item once at k = 0 and once a draw at k > 0", () => {
    const { questions, truncations } = plan(4096);
    expect(questions.map(({ item, k, draw: of }) => `${k}/${of}/${item.id}`)).toEqual([
      ...["item-0", "item-1", "item-2"].map((id) => `0/0/${id}`),
      ...["item-0", "item-1", "item-2"].map((id) => `5/0/${id}`),
      ...["item-0", "item-1", "item-2"].map((id) => `5/1/${id}`),
    ]);
    expect(truncations).toEqual([]);
  });

  test("gives the items of one draw a common beginning, which a server computes once", () => {
    const prompts = plan(4096)
      .questions.filter(({ k, draw: of }) => k === 5 && of === 0)
      .map(({ prompt }) => prompt);
    const question = `${items[0]!.input}\n\n### Response:\n`;
    const shared = prompts[0]!.slice(0, prompts[0]!.length - question.length);
    expect(prompts.every((prompt) => prompt.startsWith(shared))).toBe(true);
    expect(shared).toContain("shot number");
  });

  test("tells how many demonstrations did not fit", () => {
    const { questions, truncations } = plan(100);
    expect(truncations.map(({ k, draw: of }) => [k, of])).toEqual([
      [5, 0],
      [5, 1],
    ]);
    expect(truncations.every(({ dropped }) => dropped > 0 && dropped <= 5)).toBe(true);
    expect(questions.every(({ prompt }) => estimateTokens(prompt) + 10 <= 100)).toBe(true);
  });
});
