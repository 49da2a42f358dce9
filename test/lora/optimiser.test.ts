import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adamWStep, clipFactor, initialAdamWState, vectorNorm } from "../../kernel-lib/src/lora/backends/adamw.js";
import { makeBatch, type TokenRow, tokenizeRow } from "../../kernel-lib/src/lora/training/batches.js";
import { divergedFrom } from "../../kernel-lib/src/lora/training/divergence.js";
import { dropoutValues } from "../../kernel-lib/src/lora/training/dropout.js";
import { outOfPatience } from "../../kernel-lib/src/lora/training/evaluation.js";
import { partsOf } from "../../kernel-lib/src/lora/training/packing.js";
import { rowsOfStep } from "../../kernel-lib/src/lora/training/row-order.js";
import { learningRateAt, parseTrainOptions } from "../../kernel-lib/src/lora/training/train-options.js";
import { deriveRandom } from "../../kernel-lib/src/runtime/index.js";
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
    const given = Float32Array.from(gradient);
    expect(vectorNorm(given)).toBeCloseTo(norm, 5);
    const { learningRate, weightDecay } = golden;
    const gradientFactor = clipFactor(vectorNorm(given), golden.clip);
    adamWStep({ parameters, gradient: given, ...state, learningRate, weightDecay, step: i + 1, gradientFactor });
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

const row = (length: number, id = `${length}`): TokenRow => ({ id, ids: new Array<number>(length + 1).fill(3), promptTokens: 1 });
const idsOf = (rows: readonly TokenRow[]): string[] => rows.map(({ id }) => id);

describe.each([false, true])("the order of rows, bucketing %s", (bucketing) => {
  const rows = Array.from({ length: 41 }, (_, i) => row(1 + ((i * 7) % 41)));
  const epoch = (number: number, seed: number): string[][] =>
    Array.from({ length: 11 }, (_, i) => idsOf(rowsOfStep(rows, number * 11 + i, { batchSize: 4, seed, bucketing })));

  it("visits every row once an epoch, as only the seed and the epoch decide", () => {
    expect(epoch(0, 1).flat().sort()).toEqual(idsOf(rows).sort());
    expect(epoch(0, 1)).toEqual(epoch(0, 1));
    expect(epoch(1, 1)).not.toEqual(epoch(0, 1));
    expect(epoch(0, 2)).not.toEqual(epoch(0, 1));
  });

  it(bucketing ? "puts like lengths into one step, and the steps in no order of length" : "mixes lengths", () => {
    const lengths = epoch(0, 1).map((ids) => ids.map(Number));
    const spread = Math.max(...lengths.map((step) => Math.max(...step) - Math.min(...step)));
    if (bucketing) expect(spread).toBe(3);
    else expect(spread).toBeGreaterThan(10);
    const firsts = lengths.map(([first]) => first!);
    expect(firsts).not.toEqual([...firsts].sort((a, b) => b - a));
  });
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

it("trains every token after the first where the whole text counts", () => {
  const row = tokenizeRow(letterTokenizer, { id: "a", prompt: "ab", completion: "c" }, "full");
  const batch = makeBatch([row]);
  expect([...batch.targetRows]).toEqual([0, 1, 2, 3]);
  expect([...batch.targetIds]).toEqual([...letterTokenizer.encode("abc"), 1]);
});

describe("parts", () => {
  const parts = (lengths: readonly number[], partTokens: number, packing: boolean): string[][][] =>
    partsOf(
      lengths.map((length) => row(length)),
      { partTokens, packing },
    ).map((part) => part.map(idsOf));

  it("hold rows of like length within the padded tokens of a part, one row at least", () => {
    expect(parts([16, 60, 16, 100, 32, 16], 64, false)).toEqual([[["100"]], [["60"]], [["32"], ["16"]], [["16"], ["16"]]]);
  });

  it("hold several rows in a sequence where that saves positions", () => {
    expect(parts([16, 48, 16, 48], 1024, true)).toEqual([
      [
        ["48", "16"],
        ["48", "16"],
      ],
    ]);
    expect(parts([64, 64, 64, 64], 1024, true)).toEqual([[["64"], ["64"], ["64"], ["64"]]]);
  });

  it("lose no row and no target to packing", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 40 }), (lengths) => {
        const rows = lengths.map((length, i) => row(length, `${i}`));
        const packed = partsOf(rows, { partTokens: 256, packing: true });
        expect(idsOf(packed.flat(2)).sort()).toEqual(idsOf(rows).sort());
        const targets = packed.map(makeBatch).reduce((sum, batch) => sum + batch.targetIds.length, 0);
        expect(targets).toBe(lengths.reduce((sum, length) => sum + length, 0));
      }),
    );
  });

  it("waste a quarter of the positions on mixed lengths without packing, and a tenth at most with it", () => {
    const random = deriveRandom(1, "lengths");
    const batches = Array.from({ length: 20 }, () => Array.from({ length: 8 }, () => row(30 + random.integer(130))));
    const padding = (packing: boolean): number => {
      const computed = batches.flatMap((rows) => partsOf(rows, { partTokens: 1024, packing }).map(makeBatch));
      const used = batches.flat().reduce((sum, { ids }) => sum + ids.length - 1, 0);
      return 1 - used / computed.reduce((sum, { ids }) => sum + ids.length, 0);
    };
    expect(padding(false)).toBeGreaterThan(0.25);
    expect(padding(true)).toBeLessThan(0.1);
  });
});

describe("divergence", () => {
  const calm = Array.from({ length: 20 }, (_, i) => 2 + (i % 3) * 0.1);
  const far = new Array<number>(8).fill(7);

  it("is a loss that stays several times above its running median", () => {
    expect(divergedFrom([...calm, ...far], 3)).toBeCloseTo(2.1, 5);
  });

  it("is neither one bad step, nor a rise below the factor, nor the noise of a small loss", () => {
    expect(divergedFrom([...calm, ...far.slice(1)], 3)).toBeUndefined();
    expect(divergedFrom([...calm, ...far, 2], 3)).toBeUndefined();
    expect(divergedFrom([...calm, ...far], 4)).toBeUndefined();
    expect(divergedFrom([3, ...new Array<number>(30).fill(0.01), ...new Array<number>(8).fill(0.1)], 3)).toBeUndefined();
  });
});

describe("dropout", () => {
  it("zeroes its share and scales the rest so that the mean stays", () => {
    const values = dropoutValues(100_001, 0.3, 7);
    const zeros = values.filter((value) => value === 0).length;
    expect(zeros / values.length).toBeCloseTo(0.3, 2);
    expect(new Set(values).size).toBe(2);
    expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(1, 2);
  });

  it("falls elsewhere with another seed, independently", () => {
    const [a, b] = [dropoutValues(100_000, 0.5, 1), dropoutValues(100_000, 0.5, 2)];
    expect(dropoutValues(100_000, 0.5, 1)).toEqual(a);
    const both = a.filter((value, i) => value === 0 && b[i] === 0).length;
    expect(both / a.length).toBeCloseTo(0.25, 2);
  });
});

it("stops being patient when the last evaluations brought nothing better", () => {
  const evaluations = [true, true, false, false].map((best, i) => ({ step: i + 1, epoch: 1, loss: 1, best, seconds: 0 }));
  expect(outOfPatience(evaluations, 2)).toBe(true);
  expect(outOfPatience(evaluations, 3)).toBe(false);
  expect(outOfPatience(evaluations.slice(0, 3), 2)).toBe(false);
  expect(outOfPatience(evaluations, null)).toBe(false);
});
