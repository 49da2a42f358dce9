import { describe, expect, test } from "vitest";
import { drawDemonstrations, estimateTokens, planEvaluation, tokenCounter } from "../../kernel-lib/src/evaluate/index.js";
import { colours, makeItems } from "./fixtures.js";

const pool = makeItems(20, "shot");
const draw = (fields: { k: number; draw: number; runSeed?: number }) =>
  drawDemonstrations({ task: colours, pool, runSeed: 1, ...fields }).map(({ id }) => id);

describe("demonstrations", () => {
  test("are k different items with the task's instruction and the right answer", () => {
    const shots = drawDemonstrations({ task: colours, pool, k: 5, draw: 0, runSeed: 1 });
    expect(new Set(shots.map(({ id }) => id)).size).toBe(5);
    for (const { id, instruction, input, output } of shots) {
      expect(instruction).toBe(colours.instruction);
      expect(pool.find((item) => item.id === id)).toMatchObject({ input, gold: output });
    }
  });

  test("one shot is the first of five of the same draw; another draw or run seed gives others", () => {
    const five = draw({ k: 5, draw: 0 });
    expect(draw({ k: 1, draw: 0 })).toEqual(five.slice(0, 1));
    expect(draw({ k: 5, draw: 1 })).not.toEqual(five);
    expect(draw({ k: 5, draw: 0, runSeed: 2 })).not.toEqual(five);
  });

  test("never come from a question's document, which leaves the others of a draw as they are", async () => {
    const before = draw({ k: 5, draw: 0 });
    const demonstrations = pool.map((item) => ({ ...item, document: item.id === before[1] ? "shared" : item.id }));
    const items = makeItems(2).map((item) => ({ ...item, document: "shared" }));
    const plan = await planEvaluation({
      ...{ task: colours, items, demonstrations, ks: [5], runSeed: 1, contextTokens: 4096, maxTokens: 10 },
    });
    expect(plan.excludedShots).toBe(1);
    expect(plan.questions[0]!.demoIds.slice(0, 4)).toEqual(before.filter((id) => id !== before[1]));
    expect(plan.questions[0]!.demoIds).toHaveLength(5);
  });
});

test("tokens are counted as the server reads a prompt, once each: special tokens by name, and BOS where the model has it", () => {
  const encode = (text: string, options?: { special?: boolean }): number[] =>
    [...(options?.special ? text.replaceAll("<end>", "!") : text)].map((letter) => letter.charCodeAt(0));
  expect(tokenCounter({ encode, addBos: false })("ab<end>")).toBe(3);
  expect(tokenCounter({ encode, addBos: true, bos: 0 })("ab<end>")).toBe(4);
  const asked: string[] = [];
  const count = tokenCounter({ encode: (text) => [asked.push(text)], addBos: false });
  expect([count("a"), count("b"), count("a")]).toEqual([1, 1, 1]);
  expect(asked).toEqual(["a", "b"]);
  expect(estimateTokens("abcd")).toBe(2);
});
