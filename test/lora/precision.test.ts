// What the faster precisions cost, on the real model: the loss and the gradient of an adapter on one text of ours.
import { describe, expect, it } from "vitest";
import { addGradients, initialAdapter, uploadAdapter } from "../../kernel-lib/src/lora/adapters/adapter.js";
import { loadBackend } from "../../kernel-lib/src/lora/backends/backend.js";
import type { Precision } from "../../kernel-lib/src/lora/backends/ops.js";
import { makeBatch, tokenizeRow } from "../../kernel-lib/src/lora/training/batches.js";
import { openGgufSource } from "../../kernel-lib/src/lora/transformer/gguf-source.js";
import { lossAndGradient } from "../../kernel-lib/src/lora/transformer/transformer.js";
import { loadWeights } from "../../kernel-lib/src/lora/transformer/weights.js";
import { defaultModel, findModel, loadTokenizer } from "../../kernel-lib/src/models/index.js";
import { deriveRandom } from "../../kernel-lib/src/runtime/index.js";

const model = findModel(defaultModel.id);
const native = await loadBackend({ name: "tensorflow" }).catch(() => undefined);
const text = {
  id: "kidneys",
  prompt: "Say in two sentences what the kidneys do, and what is the first sign that they are harmed.",
  completion:
    " The kidneys filter about 180 litres of blood a day and give most of the water back; what is left leaves the body as urine. When the small vessels that do this work are harmed, protein in the urine is the first sign.",
};

async function gradientIn(precision: Precision): Promise<{ loss: number; gradient: Float32Array }> {
  const tokenizer = await loadTokenizer(model!.path);
  const batch = makeBatch([tokenizeRow(tokenizer, text)]);
  await tokenizer.dispose();
  const ops = native!.ops(precision);
  const source = openGgufSource(model!.path);
  const weights = loadWeights(ops, source);
  source.close();
  const adapter = initialAdapter(weights.architecture, { rank: 8, alpha: 16, targets: "all-linear" }, 1);
  const random = deriveRandom("precision");
  for (const { offsetB, rank, out } of adapter.linears)
    for (let i = 0; i < rank * out; i++) adapter.parameters[offsetB + i] = random.normal() * 0.015;
  const adapters = uploadAdapter(ops, adapter);
  const weight = 1 / batch.targetIds.length;
  const { losses, gradients } = lossAndGradient({ model: { ops, weights }, batch, adapters, weight, recompute: false });
  const gradient = new Float32Array(adapter.parameters.length);
  await addGradients(ops, adapter, gradient, gradients);
  let loss = 0;
  for (const part of losses) for (const value of await ops.read(part)) loss += value * weight;
  ops.dispose([adapters, losses, gradients, weights]);
  return { loss, gradient };
}

const norm = (x: Float32Array): number => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));

describe.skipIf(!native || !model)("on SmolLM2-135M (skipped without it or the native backend)", () => {
  it("bfloat16x3 gives float32's gradient within 2e-4, bfloat16 its direction (cosine above 0.998)", async ({ skip }) => {
    const exact = await gradientIn("float32");
    const rounded = await gradientIn("bfloat16");
    const cosine =
      rounded.gradient.reduce((sum, value, i) => sum + value * exact.gradient[i]!, 0) /
      (norm(rounded.gradient) * norm(exact.gradient));
    expect(cosine).toBeGreaterThan(0.998);
    expect(Math.abs(rounded.loss - exact.loss)).toBeLessThan(0.02);
    const threefold = await gradientIn("bfloat16x3").catch((error: Error) => error.message);
    if (typeof threefold === "string") return skip(threefold);
    const distance = norm(threefold.gradient.map((value, i) => value - exact.gradient[i]!)) / norm(exact.gradient);
    expect(distance).toBeLessThan(2e-4);
    expect(Math.abs(threefold.loss - exact.loss)).toBeLessThan(1e-4);
  });
});
