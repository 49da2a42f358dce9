import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { adamWStep, clipGradient, initialAdamWState } from "../../kernel-lib/src/lora/training/adamw.js";
import { makeBatch, partsOf, rowsOfStep, type TokenRow, tokenizeRow } from "../../kernel-lib/src/lora/training/batches.js";
import { learningRateAt, parseTrainOptions } from "../../kernel-lib/src/lora/training/train-options.js";
import { letterTokenizer } from "./tiny-model.js";

interface Golden {
  clip: number;
  learningRate: number;
  weightDecay: number;
  start: number[];
  steps: { gradient: number[]; norm: number; parameters: number[] }[];
}

const golden = JSON.parse(readFileSync(new URL("../oracles/lora_adamw.json", import.meta.url), "utf8")) as Golden;

it("steps as torch.optim.AdamW with clip_grad_norm_ does", () => {
  const parameters = Float32Array.from(golden.start);
  const state = initialAdamWState(parameters.length);
  golden.steps.forEach(({ gradient, norm, parameters: expected }, i) => {
    const clipped = Float32Array.from(gradient);
    expect(clipGradient(clipped, golden.clip)).toBeCloseTo(norm, 5);
    adamWStep(parameters, clipped, state, { learningRate: golden.learningRate, weightDecay: golden.weightDecay, step: i + 1 });
    parameters.forEach((value, at) => {
      expect(value).toBeCloseTo(expected[at]!, 6);
    });
  });
});

it("warms up linearly, then falls as asked", () => {
  const rates = (schedule: "linear" | "cosine" | "constant"): number[] => {
    const options = parseTrainOptions({ schedule, warmup: 0.2, learningRate: 1 });
    return Array.from({ length: 10 }, (_, step) => Number(learningRateAt(step, 10, options).toFixed(3)));
  };
  expect(rates("constant")).toEqual([0.5, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  expect(rates("linear")).toEqual([0.5, 1, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]);
  expect(rates("cosine")[6]).toBe(0.5);
});

it("visits every row once an epoch, in an order that only the seed and the epoch decide", () => {
  const rows = ["a", "b", "c", "d", "e"];
  const epoch = (first: number, seed: number): string[] =>
    [0, 1, 2].flatMap((step) => rowsOfStep(rows, first + step, { batchSize: 2, seed }));
  expect([...epoch(0, 1)].sort()).toEqual(rows);
  expect(epoch(0, 1)).toEqual(epoch(0, 1));
  expect(epoch(3, 1)).not.toEqual(epoch(0, 1));
  expect(epoch(0, 2)).not.toEqual(epoch(0, 1));
});

it("trains the completion and the end token only, each predicted by the token before it", () => {
  const row = tokenizeRow(letterTokenizer, { id: "a", prompt: "ab", completion: "cd" });
  const [a, b, c, d] = letterTokenizer.encode("abcd");
  expect(row.ids).toEqual([0, a, b, c, d, 1]);
  const batch = makeBatch([row]);
  expect([...batch.ids.slice(0, 6)]).toEqual([0, a, b, c, d, 0]);
  expect(batch.tokens).toBe(16);
  expect([...batch.targetRows]).toEqual([2, 3, 4]);
  expect([...batch.targetIds]).toEqual([c, d, 1]);
});

it("puts rows of like length together and keeps a part within its padded tokens, one row at least", () => {
  const row = (length: number): TokenRow => ({ id: `${length}`, ids: new Array<number>(length + 1).fill(3), promptTokens: 1 });
  const parts = partsOf([16, 60, 16, 100, 32, 16].map(row), 64);
  expect(parts.map((part) => part.map(({ id }) => id))).toEqual([["100"], ["60"], ["32", "16"], ["16", "16"]]);
});
