// The real command on a model of a few thousand numbers: both sides in processes of their own.
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { backendReport } from "../../kernel-lib/src/lora/index.js";
import { cacheDirectory } from "../../kernel-lib/src/runtime/index.js";
import { selfspec } from "../cli/command.js";
import { writeTinyModel } from "../lora/tiny-model.js";

const document = z.looseObject({
  bars: z.array(z.unknown()).length(0), // they speak of another model
  measurements: z.array(
    z.looseObject({
      sides: z.array(
        z.looseObject({
          side: z.string(),
          failure: z.string().optional(),
          ready: z.looseObject({ weightBytes: z.number().positive(), parameters: z.number() }).optional(),
          warmUp: z.strictObject({ seconds: z.number().positive(), loss: z.number() }).optional(),
          steps: z.array(z.strictObject({ seconds: z.number().positive(), loss: z.number() })),
        }),
      ),
    }),
  ),
});

async function bench(sides: string, ...args: string[]) {
  const { code, stdout, stderr } = await selfspec([
    ...["bench", "lora", "--sides", sides, "--model", writeTinyModel("llama"), "--json", "--steps", "1", ...args],
  ]);
  expect(code, stderr).toBe(0);
  return document.parse(JSON.parse(stdout)).measurements.map((measurement) => measurement.sides);
}

const native = (await backendReport()).find(({ name }) => name === "tensorflow")!.usable;
const peft = existsSync(cacheDirectory("bench", "peft", "bin", "python"));

describe.skipIf(!native)("bench lora (skipped where the native backend was not built)", { timeout: 120_000 }, () => {
  it("trains on our side in every mode, from the same loss", async () => {
    const measured = await bench("tfjs", "--only", "1x256 f32 half tensorflow");
    const losses = measured.map(([ours]) => ours!.warmUp!.loss);
    expect(measured).toHaveLength(2);
    expect(losses[0]).toBeCloseTo(losses[1]!, 5);
    for (const [ours] of measured) {
      expect(ours!.steps).toHaveLength(2);
      expect(ours!.steps.at(-1)!.loss).toBeLessThan(ours!.warmUp!.loss);
    }
  });

  it.skipIf(!peft)("gives PEFT the same weights and tokens (skipped where its environment was not made)", async () => {
    const [sides] = await bench("tfjs,peft", "--only", "1x256 f32 kept half tensorflow");
    const [ours, theirs] = sides!;
    expect(theirs!.failure).toBeUndefined();
    expect(theirs!.ready!.parameters).toBe(ours!.ready!.parameters);
    expect(theirs!.ready!.weightBytes).toBeGreaterThan(ours!.ready!.weightBytes); // theirs counts norms too
    expect(theirs!.warmUp!.loss).toBeCloseTo(ours!.warmUp!.loss, 5);
  });
});

describe.skipIf(!native)("bench kernels (skipped where the native backend was not built)", { timeout: 60_000 }, () => {
  it("accounts for every second of a step", async () => {
    const { code, stdout, stderr } = await selfspec([
      ...["bench", "kernels", "--model", writeTinyModel("llama"), "--only", "1x256 f32 kept half tensorflow", "--json"],
    ]);
    expect(code, stderr).toBe(0);
    const [result] = z
      .array(z.looseObject({ shares: z.array(z.looseObject({ share: z.number().min(0) })), products: z.array(z.unknown()) }))
      .parse(JSON.parse(stdout));
    expect(result!.shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(result!.products.length).toBeGreaterThan(10);
  });
});
