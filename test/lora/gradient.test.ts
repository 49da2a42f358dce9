import { describe, expect, it } from "vitest";
import { type Adapter, addGradients, initialAdapter, uploadAdapter } from "../../kernel-lib/src/lora/adapters/adapter.js";
import { loadBackend } from "../../kernel-lib/src/lora/backends/backend.js";
import type { Ops } from "../../kernel-lib/src/lora/backends/ops.js";
import { makeBatch, tokenizeRow } from "../../kernel-lib/src/lora/training/batches.js";
import { openGgufSource } from "../../kernel-lib/src/lora/transformer/gguf-source.js";
import { lossAndGradient, nextTokenLogProbs } from "../../kernel-lib/src/lora/transformer/transformer.js";
import { loadWeights, type Weights } from "../../kernel-lib/src/lora/transformer/weights.js";
import { deriveRandom } from "../../kernel-lib/src/runtime/index.js";
import { letterTokenizer, type TinyArchitecture, tinyArchitectures, writeTinyModel } from "./tiny-model.js";

const rows = [
  { id: "a", prompt: "which", completion: "this one" },
  { id: "b", prompt: "what is it", completion: "that" },
];
const batch = makeBatch(rows.map((row) => tokenizeRow(letterTokenizer, row)));

interface Tiny {
  ops: Ops;
  weights: Weights;
  adapter: Adapter;
}

async function tiny(architecture: TinyArchitecture, backend: string): Promise<Tiny> {
  const ops = (await loadBackend({ name: backend })).ops("float32");
  const weights = loadWeights(ops, openGgufSource(writeTinyModel(architecture)));
  const adapter = initialAdapter(weights.architecture, { rank: 2, alpha: 4, targets: "all-linear" }, 1);
  const random = deriveRandom(2);
  adapter.parameters.forEach((_, i) => {
    adapter.parameters[i] = random.normal() * 0.2;
  });
  return { ops, weights, adapter };
}

async function lossOf({ ops, weights, adapter }: Tiny, gradient?: Float32Array, recompute = false): Promise<number> {
  const adapters = uploadAdapter(ops, adapter);
  const options = { model: { ops, weights }, batch, adapters, weight: 1, recompute, forwardOnly: !gradient };
  const { losses, gradients } = lossAndGradient(options);
  let sum = 0;
  for (const part of losses) for (const loss of await ops.read(part)) sum += loss;
  if (gradient) await addGradients(ops, adapter, gradient, gradients);
  ops.dispose([adapters, losses, gradients]);
  return sum;
}

/** Where each A and each B lies in the parameter vector. */
const matricesOf = ({ linears }: Adapter) =>
  linears.flatMap(({ rank, in: width, out, offsetA, offsetB }) => [
    { offset: offsetA, length: rank * width },
    { offset: offsetB, length: rank * out },
  ]);

const native = await loadBackend({ name: "tensorflow" }).then(
  () => true,
  () => false,
);

/** Relative L2 distance. */
const distance = (a: Float32Array, b: Float32Array): number =>
  Math.hypot(...a.map((value, i) => value - b[i]!)) / Math.hypot(...b);

describe.each(tinyArchitectures)("%s", (architecture) => {
  it("gives every matrix of the adapter the gradient that finite differences give it", { timeout: 60_000 }, async () => {
    const model = await tiny(architecture, "cpu");
    const { parameters } = model.adapter;
    const gradient = new Float32Array(parameters.length);
    await lossOf(model, gradient);
    const random = deriveRandom(3);
    for (const { offset, length } of matricesOf(model.adapter)) {
      const direction = Array.from({ length }, () => random.normal());
      const start = parameters.slice(offset, offset + length);
      const lossAt = (step: number): Promise<number> => {
        parameters.set(
          start.map((value, i) => value + step * direction[i]!),
          offset,
        );
        return lossOf(model);
      };
      const width = 4e-3;
      const near = (await lossAt(width)) - (await lossAt(-width));
      const far = (await lossAt(2 * width)) - (await lossAt(-2 * width));
      const slope = (8 * near - far) / (12 * width);
      parameters.set(start, offset);
      const expected = direction.reduce((sum, part, i) => sum + part * gradient[offset + i]!, 0);
      const norm = Math.hypot(...gradient.subarray(offset, offset + length));
      expect(norm).toBeGreaterThan(0.01);
      expect(Math.abs(slope - expected) / norm).toBeLessThan(0.005);
    }
  });

  it("computes the same numbers when it recomputes layers, to the bit", async () => {
    const model = await tiny(architecture, "cpu");
    const [kept, recomputed] = [
      new Float32Array(model.adapter.parameters.length),
      new Float32Array(model.adapter.parameters.length),
    ];
    expect(await lossOf(model, kept)).toBe(await lossOf(model, recomputed, true));
    expect(recomputed).toEqual(kept);
  });

  it("leaves no tensor behind", async () => {
    const model = await tiny(architecture, "cpu");
    const before = model.ops.liveTensors();
    for (const recompute of [false, true]) await lossOf(model, new Float32Array(model.adapter.parameters.length), recompute);
    await nextTokenLogProbs({ model, tokens: [0, 5, 9] });
    expect(model.ops.liveTensors()).toBe(before);
    model.ops.dispose(model.weights);
    expect(model.ops.liveTensors()).toBeLessThan(before);
  });

  it("is the base model while B is zero, and another one when it is not", async () => {
    const model = await tiny(architecture, "cpu");
    const { ops, adapter } = model;
    const tokens = [0, 5, 9, 3];
    const [base] = await nextTokenLogProbs({ model, tokens });
    const [tuned] = await nextTokenLogProbs({ model, tokens, adapters: uploadAdapter(ops, adapter) });
    const fresh = initialAdapter(model.weights.architecture, adapter, 1);
    const [untrained] = await nextTokenLogProbs({ model, tokens, adapters: uploadAdapter(ops, fresh) });
    expect(untrained).toEqual(base);
    expect(distance(tuned!, base!)).toBeGreaterThan(0.01);
  });

  it("gives a prefix the same next token however the sequence goes on", async () => {
    const model = await tiny(architecture, "cpu");
    const [short] = await nextTokenLogProbs({ model, tokens: [0, 5, 9, 3] });
    const [, long] = await nextTokenLogProbs({ model, tokens: [0, 5, 9, 3, 8, 30, 2], positions: [6, 3] });
    expect(distance(long!, short!)).toBeLessThan(1e-5);
  });

  it.each(["tensorflow", "wasm"])("computes on %s what it computes in plain JavaScript", { skip: !native }, async (backend) => {
    const results: { loss: number; gradient: Float32Array }[] = [];
    for (const name of ["cpu", backend]) {
      const model = await tiny(architecture, name);
      const gradient = new Float32Array(model.adapter.parameters.length);
      results.push({ loss: await lossOf(model, gradient), gradient });
    }
    const [plain, other] = results;
    expect(Math.abs(other!.loss / plain!.loss - 1)).toBeLessThan(1e-5);
    expect(distance(other!.gradient, plain!.gradient)).toBeLessThan(2e-4);
  });

  it.skipIf(!native)("keeps the direction of the gradient in bfloat16 (cosine above 0.995 in random models)", async () => {
    const exact = await tiny(architecture, "tensorflow");
    const want = new Float32Array(exact.adapter.parameters.length);
    await lossOf(exact, want);
    const ops = (await loadBackend({ name: "tensorflow" })).ops("bfloat16");
    const rounded = { ...exact, ops, weights: loadWeights(ops, openGgufSource(writeTinyModel(architecture))) };
    const got = new Float32Array(want.length);
    await lossOf(rounded, got);
    const cosine = got.reduce((sum, value, i) => sum + value * want[i]!, 0) / Math.hypot(...got) / Math.hypot(...want);
    expect(cosine).toBeGreaterThan(0.995);
  });
});

it("refuses an empty sequence and one longer than the model's context", async () => {
  const model = await tiny("llama", "cpu");
  await expect(nextTokenLogProbs({ model, tokens: [] })).rejects.toThrow("a sequence of 0 tokens; allowed: 1 to 64");
  await expect(nextTokenLogProbs({ model, tokens: new Array(65).fill(3) })).rejects.toThrow("65 tokens");
});
