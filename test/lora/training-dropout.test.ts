// Dropout is a fixed function of its key: no dropout at rate 0, exact gradients under a mask, the same mask whenever it is asked for.
import { describe, expect, it } from "vitest";
import { makeBatch, tokenizeRow } from "../../kernel-lib/src/lora/training/batches.js";
import { dropoutMasks } from "../../kernel-lib/src/lora/training/dropout.js";
import { linearGroupNames } from "../../kernel-lib/src/lora/transformer/linears.js";
import { deriveRandom } from "../../kernel-lib/src/runtime/index.js";
import { letterTokenizer } from "./tiny-model.js";
import { distance, lossesAndGradient, type TinyTraining, tinyTraining, total } from "./tiny-training.js";

const rows = [
  { id: "a", prompt: "which", completion: "this one" },
  { id: "b", prompt: "what is it", completion: "that" },
];
const batch = makeBatch([rows.map((row) => tokenizeRow(letterTokenizer, row))]);
const masks = ({ model }: TinyTraining, rate: number, step = 0) => dropoutMasks({ ops: model.ops, rate, seed: 1, step, part: 0 });

describe.each(["llama", "gemma3"] as const)("dropout in %s", (architecture) => {
  it("changes nothing at rate 0, and something at another", async () => {
    const tiny = await tinyTraining(architecture);
    const without = await lossesAndGradient(tiny, batch);
    expect(await lossesAndGradient(tiny, batch, { dropout: masks(tiny, 0) })).toEqual(without);
    const dropped = await lossesAndGradient(tiny, batch, { dropout: masks(tiny, 0.3) });
    expect(distance(dropped.gradient, without.gradient)).toBeGreaterThan(0.05);
    const next = await lossesAndGradient(tiny, batch, { dropout: masks(tiny, 0.3, 1) });
    expect(distance(next.gradient, dropped.gradient)).toBeGreaterThan(0.05);
  });

  it("has the gradient that finite differences give it under the same mask, and the same when layers are computed again", async () => {
    const tiny = await tinyTraining(architecture);
    const { parameters, linears } = tiny.adapter;
    const dropout = masks(tiny, 0.3);
    const exact = await lossesAndGradient(tiny, batch, { dropout });
    expect(await lossesAndGradient(tiny, batch, { dropout, recompute: true })).toEqual(exact);
    const random = deriveRandom(3);
    for (const group of linearGroupNames) {
      const direction = new Float32Array(parameters.length);
      for (const linear of linears.filter((own) => own.group === group)) {
        const { offsetA, offsetB, rank, in: width, out } = linear;
        for (let i = 0; i < rank * width; i++) direction[offsetA + i] = random.normal();
        for (let i = 0; i < rank * out; i++) direction[offsetB + i] = random.normal();
      }
      const start = parameters.slice();
      const lossAt = async (step: number): Promise<number> => {
        parameters.set(start.map((value, i) => value + step * direction[i]!));
        return total((await lossesAndGradient(tiny, batch, { dropout })).losses);
      };
      const step = 1e-3;
      const near = (await lossAt(step)) - (await lossAt(-step));
      const far = (await lossAt(2 * step)) - (await lossAt(-2 * step));
      const slope = (8 * near - far) / (12 * step);
      parameters.set(start);
      const expected = direction.reduce((sum, part, i) => sum + part * exact.gradient[i]!, 0);
      const norm = Math.hypot(...exact.gradient.filter((_, i) => direction[i] !== 0));
      expect(norm).toBeGreaterThan(0.1);
      expect(Math.abs(slope - expected) / norm, group).toBeLessThan(0.005);
    }
  });
});
