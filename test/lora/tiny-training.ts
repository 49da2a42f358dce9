// A tiny model with an adapter that is no longer the start, and its loss and gradient on a batch: what the training tests compare.
import { type Adapter, addGradients, initialAdapter, uploadAdapter } from "../../kernel-lib/src/lora/adapters/adapter.js";
import type { AdapterSettings } from "../../kernel-lib/src/lora/adapters/adapter-settings.js";
import { loadBackend } from "../../kernel-lib/src/lora/backends/backend.js";
import { openGgufSource } from "../../kernel-lib/src/lora/transformer/gguf-source.js";
import {
  type Batch,
  type GradientOptions,
  lossAndGradient,
  type Model,
} from "../../kernel-lib/src/lora/transformer/transformer.js";
import { loadWeights } from "../../kernel-lib/src/lora/transformer/weights.js";
import { deriveRandom } from "../../kernel-lib/src/runtime/index.js";
import { type TinyArchitecture, writeTinyModel } from "./tiny-model.js";

export interface TinyTraining {
  model: Model;
  adapter: Adapter;
}

export const native = await loadBackend({ name: "tensorflow" }).then(
  () => true,
  () => false,
);

/** The backends that tests compare: plain JavaScript everywhere, the native one where it was built. */
export const testedBackends = native ? ["cpu", "tensorflow"] : ["cpu"];

export async function tinyTraining(
  architecture: TinyArchitecture,
  { backend = "cpu", ...settings }: { backend?: string } & Partial<AdapterSettings> = {},
): Promise<TinyTraining> {
  const ops = (await loadBackend({ name: backend })).ops("float32");
  const source = openGgufSource(writeTinyModel(architecture));
  const weights = loadWeights(ops, source);
  source.close();
  const adapter = initialAdapter(weights.architecture, { rank: 2, alpha: 4, targets: "all-linear", ...settings }, 1);
  const random = deriveRandom(2);
  for (const { rank, in: width, out, offsetA, offsetB } of adapter.linears) {
    for (let i = 0; i < rank * width; i++) adapter.parameters[offsetA + i] = random.normal() * 0.2;
    for (let i = 0; i < rank * out; i++) adapter.parameters[offsetB + i] = random.normal() * 0.2;
  }
  return { model: { ops, weights }, adapter };
}

/** Losses of the target rows and the gradient of their sum. */
export async function lossesAndGradient(
  { model, adapter }: TinyTraining,
  batch: Batch,
  more: Pick<GradientOptions, "dropout"> & { recompute?: boolean } = {},
): Promise<{ losses: number[]; gradient: Float32Array }> {
  const { ops } = model;
  const adapters = uploadAdapter(ops, adapter);
  const { losses, gradients } = lossAndGradient({ model, batch, adapters, weight: 1, recompute: false, ...more });
  const values: number[] = [];
  for (const part of losses) values.push(...(await ops.read(part)));
  const gradient = new Float32Array(adapter.parameters.length);
  await addGradients(ops, adapter, gradient, gradients);
  ops.dispose([adapters, losses, gradients]);
  return { losses: values, gradient };
}

export const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Relative L2 distance. */
export const distance = (a: Float32Array, b: Float32Array): number =>
  Math.hypot(...a.map((value, i) => value - b[i]!)) / Math.hypot(...b);
