import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Adapter, addGradients, emptyAdapter, uploadAdapter } from "../../kernel-lib/src/lora/adapters/adapter.js";
import { readMatrices, writeMatrices } from "../../kernel-lib/src/lora/adapters/adapter-matrices.js";
import { loadBackend } from "../../kernel-lib/src/lora/backends/backend.js";
import { makeBatch } from "../../kernel-lib/src/lora/training/batches.js";
import type { Architecture } from "../../kernel-lib/src/lora/transformer/architecture.js";
import { allLinears } from "../../kernel-lib/src/lora/transformer/linears.js";
import { openWeightSource } from "../../kernel-lib/src/lora/transformer/open-weight-source.js";
import { lossAndGradient, type Model, nextTokenLogProbs } from "../../kernel-lib/src/lora/transformer/transformer.js";
import { loadWeights } from "../../kernel-lib/src/lora/transformer/weights.js";
import { ggufValue, readGguf, readSafetensors, writeGguf, writeSafetensors } from "../../kernel-lib/src/models/index.js";
import { readJson } from "../../kernel-lib/src/runtime/index.js";
import { type OracleName, oracleFolder, oracleNames, readGolden, writeOracleGguf } from "./oracle-models.js";
import { temporaryDirectory } from "./tiny-model.js";

const vocabulary = 32;

async function load(path: string): Promise<Model> {
  const ops = (await loadBackend({ name: "cpu" })).ops("float32");
  const source = openWeightSource(path);
  const weights = loadWeights(ops, source);
  source.close();
  return { ops, weights };
}

/** Log-probabilities of golden logits, row by row. */
function logSoftmax(logits: Float32Array): Float32Array {
  const result = logits.slice();
  for (let at = 0; at < logits.length; at += vocabulary) {
    const row = logits.subarray(at, at + vocabulary);
    const logSum = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
    row.forEach((value, i) => {
      result[at + i] = value - logSum;
    });
  }
  return result;
}

const farthest = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

/** Relative L2 distance. */
const distance = (a: Float32Array, b: Float32Array): number =>
  Math.hypot(...a.map((value, i) => value - b[i]!)) / Math.hypot(...b);

/** What PEFT calls A and B of every map of the model. */
function adapterNames(architecture: Architecture, layer: number, name: string): { a: string; b: string } {
  const { peft } = allLinears(architecture).find((linear) => linear.name === name)!;
  const layers = architecture.name === "gpt2" ? "transformer.h" : "model.layers";
  const stem = `base_model.model.${layers}.${layer}.${peft}`;
  return { a: `${stem}.lora_A.weight`, b: `${stem}.lora_B.weight` };
}

/** PEFT's random adapter of the oracle. */
function oracleAdapter(name: OracleName, architecture: Architecture): Adapter {
  const folder = join(oracleFolder(name), "adapter");
  const config = readJson(join(folder, "adapter_config.json")) as { r: number; lora_alpha: number; use_rslora: boolean };
  const settings = { rank: config.r, alpha: config.lora_alpha, rsLora: config.use_rslora, targets: "all-linear" as const };
  const adapter = emptyAdapter(architecture, settings);
  const file = readSafetensors(join(folder, "adapter_model.safetensors"));
  for (const linear of adapter.linears) {
    const { a, b } = adapterNames(architecture, linear.layer, linear.name);
    writeMatrices(adapter, linear, { a: file.readTensor(a), b: file.readTensor(b) });
  }
  expect(file.tensors.size).toBe(2 * adapter.linears.length);
  file.close();
  return adapter;
}

async function logProbs(model: Model, tokens: readonly number[], adapter?: Adapter): Promise<Float32Array> {
  const adapters = adapter && uploadAdapter(model.ops, adapter);
  const positions = tokens.map((_, i) => i);
  const rows = await nextTokenLogProbs({ model, tokens, positions, ...(adapters && { adapters }) });
  return Float32Array.from(rows.flatMap((row) => [...row]));
}

describe.each(oracleNames)("%s", (name) => {
  const golden = readGolden(name);
  const paths = { safetensors: oracleFolder(name), GGUF: writeOracleGguf(name) };

  it.each(Object.entries(paths))("gives transformers' logits from %s, without and with PEFT's adapter", async (_, path) => {
    const model = await load(path);
    const adapter = oracleAdapter(name, model.weights.architecture);
    for (const [i, tokens] of golden.prompts.entries()) {
      expect(farthest(await logProbs(model, tokens), logSoftmax(golden.logits("base", i)))).toBeLessThan(2e-4);
      expect(farthest(await logProbs(model, tokens, adapter), logSoftmax(golden.logits("adapted", i)))).toBeLessThan(2e-4);
    }
    expect(distance(golden.logits("adapted", 0), golden.logits("base", 0))).toBeGreaterThan(0.05);
  });

  it.each(Object.entries(paths))("gives PyTorch's loss and gradient of every adapter matrix from %s", async (_, path) => {
    const model = await load(path);
    const { ops, weights } = model;
    const adapter = oracleAdapter(name, weights.architecture);
    const rows = golden.prompts.map((ids, i) => ({ id: `${i}`, ids, promptTokens: golden.completionStarts[i]! }));
    const batch = makeBatch(rows);
    const weight = 1 / batch.targetIds.length;
    const { losses, gradients } = lossAndGradient({
      ...{ model, batch, weight, recompute: false },
      adapters: uploadAdapter(ops, adapter),
    });
    let loss = 0;
    for (const part of losses) for (const value of await ops.read(part)) loss += value * weight;
    expect(loss).toBeCloseTo(golden.loss.adapted, 5);
    const gradient = new Float32Array(adapter.parameters.length);
    await addGradients(ops, adapter, gradient, gradients);
    for (const linear of adapter.linears) {
      const names = adapterNames(weights.architecture, linear.layer, linear.name);
      const own = readMatrices({ ...adapter, parameters: gradient }, linear);
      expect(distance(own.a, golden.gradient(names.a)), names.a).toBeLessThan(2e-4);
      expect(distance(own.b, golden.gradient(names.b)), names.b).toBeLessThan(2e-4);
    }
  });
});

describe("the tiny GGUF files", () => {
  const closing: (() => Promise<void>)[] = [];
  afterAll(async () => void (await Promise.all(closing.map((close) => close()))));

  it("mean to llama.cpp what the safetensors files mean to transformers", { timeout: 60_000 }, async () => {
    const { getLlama, LlamaLogLevel } = await import("node-llama-cpp");
    const llama = await getLlama({ build: "never", gpu: false, logLevel: LlamaLogLevel.error, progressLogs: false });
    closing.push(() => llama.dispose());
    for (const name of oracleNames) {
      const golden = readGolden(name);
      const model = await llama.loadModel({ modelPath: writeOracleGguf(name) });
      const context = await model.createContext({ contextSize: 32, threads: 1 });
      const input = golden.prompts[0]!.map((id) => [id, { generateNext: { probabilities: true } }] as const);
      const sequence = context.getSequence();
      const output = await sequence.controlledEvaluate(input as Parameters<typeof sequence.controlledEvaluate>[0]);
      const expected = logSoftmax(golden.logits("base", 0));
      // llama.cpp keeps keys and values in half precision.
      for (const position of input.keys())
        for (const [id, probability] of output[position]!.next.probabilities!)
          expect(Math.abs(Math.log(probability) - expected[position * vocabulary + id]!), name).toBeLessThan(0.03);
      await model.dispose();
    }
  });
});

describe("a model that would be computed wrongly is refused", () => {
  type Entry = [key: string, value: ReturnType<typeof ggufValue.u32>];

  /** A tiny GGUF with other metadata, one tensor more or one fewer. */
  function changedGguf(name: OracleName, changes: { metadata?: Entry[]; add?: string; remove?: string }): string {
    const file = readGguf(writeOracleGguf(name));
    const metadata = new Map([...file.metadata, ...(changes.metadata ?? [])]);
    const tensors = [...file.tensors.values()]
      .filter((info) => info.name !== changes.remove)
      .map((info) => ({ name: info.name, type: "F32" as const, shape: info.shape, values: file.readTensor(info.name) }));
    if (changes.add) tensors.push({ name: changes.add, type: "F32", shape: [16], values: new Float32Array(16) });
    const path = join(temporaryDirectory(), "changed.gguf");
    writeGguf({ path, metadata, tensors });
    file.close();
    return path;
  }

  it.each<[string, OracleName, Parameters<typeof changedGguf>[1], RegExp]>([
    ["experts", "llama", { metadata: [["llama.expert_count", ggufValue.u32(8)]] }, /a mixture of experts; allowed: dense models/],
    ["another scaling", "llama", { metadata: [["llama.rope.scaling.type", ggufValue.string("longrope")]] }, /scaling "longrope"/],
    [
      "two scalings",
      "llama3",
      { metadata: [["llama.rope.scaling.type", ggufValue.string("linear")]] },
      /rotary scaling "linear" and rope_freqs\.weight/,
    ],
    ["a window", "qwen2", { metadata: [["qwen2.attention.sliding_window", ggufValue.u32(4)]] }, /a sliding window in qwen2/],
    [
      "soft-capping",
      "gemma3",
      { metadata: [["gemma3.final_logit_softcapping", ggufValue.f32(30)]] },
      /soft-capped logits; allowed: plain logits/,
    ],
    [
      "half-rotated heads",
      "llama",
      { metadata: [["llama.rope.dimension_count", ggufValue.u32(4)]] },
      /heads of 8 with 4 rotated/,
    ],
    ["a bias", "llama", { add: "blk.0.attn_q.bias" }, /a tensor "blk\.0\.attn_q\.bias"; allowed: what the plain llama model/],
    ["no bias", "qwen2", { remove: "blk.1.attn_k.bias" }, /lacks the tensor "blk\.1\.attn_k\.bias"/],
  ])("with %s, from GGUF", (_, name, changes, message) => {
    expect(() => openWeightSource(changedGguf(name, changes))).toThrow(message);
  });

  it("with a tensor too few or too many, or an embedding of another size, from safetensors", () => {
    const folder = join(temporaryDirectory(), "llama");
    cpSync(oracleFolder("llama"), folder, { recursive: true });
    const weights = join(folder, "model.safetensors");
    const file = readSafetensors(folder);
    const tensors = [...file.tensors.values()].map(({ name, shape }) => ({
      ...{ name, shape, type: "F32" as const },
      values: file.readTensor(name),
    }));
    file.close();
    writeSafetensors({ path: weights, tensors: tensors.filter(({ name }) => name !== "lm_head.weight") });
    expect(() => openWeightSource(folder)).toThrow('lacks the tensor "lm_head.weight"');
    const extra = { name: "model.layers.0.mlp.gate.weight", type: "F32" as const, shape: [1], values: Float32Array.of(1) };
    writeSafetensors({ path: weights, tensors: [...tensors, extra] });
    expect(() => openWeightSource(folder)).toThrow('a tensor "model.layers.0.mlp.gate.weight"');
    writeSafetensors({ path: weights, tensors });
    const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as object;
    writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, vocab_size: 33 }));
    expect(() => openWeightSource(folder)).toThrow("an embedding of [32,16]; allowed: [33, 16]");
  });
});
