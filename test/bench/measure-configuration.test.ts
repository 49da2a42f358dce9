import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { benchRows } from "../../kernel-lib/src/bench/bench-rows.js";
import { selectConfigurations } from "../../kernel-lib/src/bench/configuration.js";
import { measureConfiguration, type Side, type SideName } from "../../kernel-lib/src/bench/measure-configuration.js";

const configuration = selectConfigurations({ only: "1x256 bf16 kept half tensorflow" })[0]!;
const script = fileURLToPath(new URL("scripted-side.mjs", import.meta.url));

const side = (name: SideName, fate: string): Side => ({
  name,
  program: { command: process.execPath, args: [script, fate] },
  request: {
    ...{ model: "none", backend: "none", precision: "float32", residency: "resident", recompute: false, rank: 8, alpha: 16 },
    ...{ learningRate: 1e-4, threads: 1, rows: benchRows(configuration, 32) },
  },
});

async function measure(ours: string, theirs: string) {
  const order: string[] = [];
  const result = await measureConfiguration({
    configuration,
    sides: [side("tfjs", ours), side("peft", theirs)],
    schedule: { steps: 2, blocks: 2 },
    onBlock: (name, block) => order.push(`${name} ${block}`),
  });
  return { ...result, order };
}

it("runs the blocks of both sides in turn, after a warm-up that is kept apart", async () => {
  const { sides, order, alternating } = await measure("fine", "fine");
  expect(order).toEqual(["tfjs 0", "peft 0", "tfjs 1", "peft 1"]);
  expect(alternating).toBe(true);
  for (const { warmUp, steps, failure } of sides) {
    expect(warmUp?.loss).toBeCloseTo(3.8);
    expect(steps.map(({ loss }) => loss)).toEqual([3.7, 3.7, 3.6, 3.6].map((loss) => expect.closeTo(loss)));
    expect(failure).toBeUndefined();
  }
});

it("a side that refuses keeps its words, and the other one is measured", async () => {
  const { sides } = await measure("refuse", "fine");
  expect(sides[0]).toMatchObject({ failure: "no usable backend", steps: [] });
  expect(sides[1]!.steps).toHaveLength(4);
});

it("a side that crashes keeps its last words", async () => {
  const { sides, alternating } = await measure("fine", "crash");
  expect(sides[1]!.failure).toMatch(/ended with 1: .*the library is broken/);
  expect(sides[0]!.steps).toHaveLength(4);
  expect(alternating).toBe(true);
});

it("where memory ends a side the two run again, one after the other", async () => {
  const { sides, order, alternating } = await measure("fine", "die");
  expect(alternating).toBe(false);
  expect(order.slice(-2)).toEqual(["tfjs 0", "tfjs 1"]);
  expect(sides.map(({ steps, failure }) => [steps.length, failure])).toEqual([
    [4, undefined],
    [0, expect.stringMatching(/SIGKILL \(out of memory\?\)/)],
  ]);
});

it("the tokens are the same in every run, and as many are targets as the configuration says", () => {
  const rows = benchRows({ sequences: 3, tokens: 8, targetShare: 0.5 }, 50);
  expect(rows).toEqual(benchRows({ sequences: 3, tokens: 8, targetShare: 0.5 }, 50));
  expect(rows.map(({ ids, promptTokens }) => [ids.length, ids.length - promptTokens])).toEqual([
    [9, 4],
    [9, 4],
    [9, 4],
  ]);
  expect(benchRows({ sequences: 1, tokens: 8, targetShare: 1 }, 50)[0]!.promptTokens).toBe(1);
  expect(new Set(rows.map(({ ids }) => ids.join())).size).toBe(3);
});
