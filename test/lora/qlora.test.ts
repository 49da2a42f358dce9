import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type Adapter, addGradients, initialAdapter, uploadAdapter } from "../../kernel-lib/src/lora/adapters/adapter.js";
import { type Backend, loadBackend } from "../../kernel-lib/src/lora/backends/backend.js";
import type { QuantisedMatrix } from "../../kernel-lib/src/lora/backends/kernels.js";
import type { Ops, Precision } from "../../kernel-lib/src/lora/backends/ops.js";
import { makeBatch } from "../../kernel-lib/src/lora/training/batches.js";
import { openGgufSource } from "../../kernel-lib/src/lora/transformer/gguf-source.js";
import { lossAndGradient, nextTokenLogProbs } from "../../kernel-lib/src/lora/transformer/transformer.js";
import type { WeightSource } from "../../kernel-lib/src/lora/transformer/weight-source.js";
import { loadWeights, type Weights, weightBytesOf } from "../../kernel-lib/src/lora/transformer/weights.js";
import {
  bytesOf,
  decodeNf4,
  dequantise,
  encodeNf4,
  encodeValues,
  type TensorType,
  typeTraits,
} from "../../kernel-lib/src/models/index.js";
import { deriveRandom } from "../../kernel-lib/src/runtime/index.js";
import { writeTinyModel } from "./tiny-model.js";

const [hidden, feedForward, heads, keyValueHeads, headSize, vocabulary] = [256, 256, 4, 2, 64, 32];
const tiny = openGgufSource(writeTinyModel("llama"));
tiny.close();
const architecture = { ...tiny.architecture, ...{ hidden, feedForward, heads, keyValueHeads, headSize, vocabulary } };

// Types as mixed files mix them: within one group, and of several block sizes.
const types: Record<string, TensorType> = {
  token_embd: "Q8_0",
  output: "Q6_K",
  attn_q: "Q4_K",
  attn_k: "Q4_K",
  attn_v: "Q6_K",
  attn_output: "Q5_0",
  ffn_gate: "Q4_1",
  ffn_up: "Q4_1",
  ffn_down: "Q5_K",
};

const shapes: Record<string, [number, number]> = {
  token_embd: [vocabulary, hidden],
  output: [vocabulary, hidden],
  attn_q: [heads * headSize, hidden],
  attn_k: [keyValueHeads * headSize, hidden],
  attn_v: [keyValueHeads * headSize, hidden],
  attn_output: [hidden, heads * headSize],
  ffn_gate: [feedForward, hidden],
  ffn_up: [feedForward, hidden],
  ffn_down: [hidden, feedForward],
};

const kindOf = (name: string): string => name.split(".").at(-2)!;
const matrixNames = ["token_embd", "output", ...[0, 1].flatMap((layer) => layerNames(layer))].map((name) => `${name}.weight`);
function layerNames(layer: number): string[] {
  return Object.keys(shapes)
    .filter((kind) => !["token_embd", "output"].includes(kind))
    .map((kind) => `blk.${layer}.${kind}`);
}

/** Random blocks; their half-precision scales are small enough for values as weights have them. */
function randomBlocks(name: string): Uint8Array {
  const type = types[kindOf(name)]!;
  const { bytes: blockBytes } = typeTraits(type);
  const [rows, columns] = shapes[kindOf(name)]!;
  const random = deriveRandom("blocks", name);
  const bytes = Uint8Array.from({ length: bytesOf(type, rows * columns) }, () => random.integer(256));
  const scales = type === "Q6_K" ? [208] : [0, ...(/K|_1/.test(type) ? [2] : [])];
  for (let block = 0; block < bytes.length; block += blockBytes)
    for (const at of scales) bytes.set([random.integer(256), 0x10 + random.integer(4)], block + at); // 2⁻¹¹ or so
  return bytes;
}

/** A model in memory whose matrices come from `matrix`; its norms are ones. */
function sourceOf(matrix: (name: string) => Pick<WeightSource, "read" | "stored">): WeightSource {
  const isMatrix = (name: string): boolean => matrixNames.includes(name);
  return {
    path: "in memory",
    architecture,
    has: (name) => isMatrix(name) || /norm\.weight$/.test(name),
    shape: (name) => (isMatrix(name) ? shapes[kindOf(name)]! : [hidden]),
    read: (name) => (isMatrix(name) ? matrix(name).read(name) : new Float32Array(hidden).fill(1)),
    stored: (name) => matrix(name).stored(name),
    close: () => {},
  };
}

const stored = sourceOf(() => ({
  read: (name) => dequantise({ bytes: randomBlocks(name), type: types[kindOf(name)]! }),
  stored(name): QuantisedMatrix {
    const [rows, columns] = shapes[kindOf(name)]!;
    return { type: types[kindOf(name)]!, rows, columns, bytes: randomBlocks(name) };
  },
}));

const drawn = new Map<string, Float32Array>();
function plainValues(name: string): Float32Array {
  const values = drawn.get(name) ?? drawValues(name);
  drawn.set(name, values);
  return values.slice();
}
function drawValues(name: string): Float32Array {
  const random = deriveRandom("values", name);
  const [rows, columns] = shapes[kindOf(name)]!;
  return Float32Array.from({ length: rows * columns }, () => random.normal() * 0.05);
}
const plain = sourceOf(() => ({ read: plainValues, stored: () => undefined }));
const isLayers = (name: string): boolean => name.startsWith("blk.");
/** What `plain` holds once its layers are NF4 and its embedding and head Q8_0. */
const rounded = sourceOf(() => ({
  read: (name) =>
    isLayers(name)
      ? decodeNf4(encodeNf4(plainValues(name)))
      : dequantise({ bytes: encodeValues({ values: plainValues(name), type: "Q8_0" }), type: "Q8_0" }),
  stored: () => undefined,
}));

const random = deriveRandom("rows");
const batch = makeBatch(
  [9, 7].map((length, i) => ({
    id: `row ${i}`,
    ids: Array.from({ length }, () => random.integer(vocabulary)),
    promptTokens: 3,
  })),
);

function adapterOf(): Adapter {
  const adapter = initialAdapter(architecture, { rank: 2, alpha: 4, targets: "all-linear" }, 1);
  const draw = deriveRandom("adapter");
  adapter.parameters.forEach((_, i) => {
    adapter.parameters[i] = draw.normal() * 0.1;
  });
  return adapter;
}

async function lossOf(ops: Ops, weights: Weights, recompute = false): Promise<{ losses: Float32Array; gradient: Float32Array }> {
  const adapter = adapterOf();
  const gradient = new Float32Array(adapter.parameters.length);
  const adapters = uploadAdapter(ops, adapter);
  const result = lossAndGradient({ model: { ops, weights }, batch, adapters, weight: 1 / batch.targetIds.length, recompute });
  const losses: number[] = [];
  for (const part of result.losses) losses.push(...(await ops.read(part)));
  await addGradients(ops, adapter, gradient, result.gradients);
  ops.dispose([adapters, result.losses, result.gradients]);
  return { losses: Float32Array.from(losses), gradient };
}

const distance = (a: Float32Array, b: Float32Array): number =>
  Math.hypot(...a.map((value, i) => value - b[i]!)) / Math.hypot(...b);

/** Every frozen number, as its backend holds it now. */
async function hashOf(ops: Ops, { embedding, head, layers, outputNorm }: Weights): Promise<string> {
  const hash = createHash("sha256");
  const groups = layers.flatMap(({ linears }) => Object.values(linears).map(({ weight }) => weight));
  for (const matrix of [embedding, head, ...groups]) {
    const values = matrix.load(ops);
    hash.update(new Uint8Array((await ops.read(values)).buffer));
    if (values !== matrix.resident) ops.dispose(values);
  }
  for (const norm of [outputNorm, ...layers.flatMap((layer) => [layer.attentionNorm, layer.feedForwardNorm])])
    hash.update(new Uint8Array((await ops.read(norm.weight)).buffer));
  return hash.digest("hex");
}

const found = async (name: string): Promise<Backend | undefined> => loadBackend({ name }).catch(() => undefined);
const native = await found("tensorflow");
const cpu = await loadBackend({ name: "cpu" });
interface Setting {
  backend: string;
  precision: Precision;
  ops: Ops;
}
const settings: Setting[] = [
  { backend: "cpu", precision: "float32", ops: cpu.ops("float32") },
  ...(native
    ? (["float32", "bfloat16"] as const).map((precision) => ({ backend: "tensorflow", precision, ops: native.ops(precision) }))
    : []),
];

describe.each(settings)("a quantised base on $backend in $precision", ({ backend, ops }) => {
  const use = () => loadBackend({ name: backend }); // tfjs has one current backend

  it("has the loss and the gradient of the same weights unpacked, kept or recomputed", async () => {
    await use();
    const resident = loadWeights(ops, stored, "resident");
    const quantised = loadWeights(ops, stored, "quantised");
    const expected = await lossOf(ops, resident);
    for (const recompute of [false, true]) {
      const { losses, gradient } = await lossOf(ops, quantised, recompute);
      expect(distance(losses, expected.losses)).toBeLessThan(1e-6);
      expect(distance(gradient, expected.gradient)).toBeLessThan(1e-6);
    }
    expect(Math.hypot(...expected.gradient)).toBeGreaterThan(1e-3);
    ops.dispose([resident, quantised]);
  });

  it("packs plain floats as NF4, embedding and head as Q8_0", async () => {
    await use();
    const resident = loadWeights(ops, rounded, "resident");
    const quantised = loadWeights(ops, plain, "quantised");
    const [expected, got] = [await lossOf(ops, resident), await lossOf(ops, quantised)];
    expect(distance(got.losses, expected.losses)).toBeLessThan(1e-6);
    expect(distance(got.gradient, expected.gradient)).toBeLessThan(1e-6);
    ops.dispose([resident, quantised]);
  });

  it("is the same, byte for byte, after steps and predictions", async () => {
    await use();
    for (const [source, residency] of [
      [stored, "quantised"],
      [plain, "quantised"],
      [plain, "resident"],
    ] as const) {
      const weights = loadWeights(ops, source, residency);
      const before = await hashOf(ops, weights);
      for (const recompute of [false, true]) await lossOf(ops, weights, recompute);
      await nextTokenLogProbs({ model: { ops, weights }, tokens: [3, 1, 4, 1, 5] });
      expect(await hashOf(ops, weights)).toBe(before);
      ops.dispose(weights);
    }
  });

  it("leaves no tensor behind", async () => {
    await use();
    await lossOf(ops, loadWeights(ops, plain, "quantised")); // what a backend makes once is there now
    const empty = ops.liveTensors();
    const weights = loadWeights(ops, plain, "quantised");
    const loaded = ops.liveTensors();
    for (const recompute of [false, true]) await lossOf(ops, weights, recompute);
    expect(ops.liveTensors()).toBe(loaded);
    ops.dispose(weights);
    expect(ops.liveTensors()).toBe(empty);
  });
});

describe("the memory of a quantised base", () => {
  const { ops } = settings[0]!;
  const elements = (name: string): number => shapes[kindOf(name)]!.reduce((a, b) => a * b);
  const sum = (names: readonly string[], bytes: (name: string) => number): number =>
    names.reduce((total, name) => total + bytes(name), 0);
  const full = sum(matrixNames, (name) => 4 * elements(name));

  it("is the sum of the stored bytes", async () => {
    await loadBackend({ name: "cpu" });
    const weights = loadWeights(ops, stored, "quantised");
    expect(weightBytesOf(weights)).toBe(sum(matrixNames, (name) => bytesOf(types[kindOf(name)]!, elements(name))));
    ops.dispose(weights);
    const resident = loadWeights(ops, stored, "resident");
    expect(weightBytesOf(resident)).toBe(full);
    ops.dispose(resident);
  });

  it("is 4.13 bits a value of plain floats in the layers, and 8.5 in embedding and head", async () => {
    await loadBackend({ name: "cpu" });
    const weights = loadWeights(ops, plain, "quantised");
    const nf4 = (count: number): number => count / 2 + count / 64 + 4 * Math.ceil(count / (64 * 256)) + 4;
    expect(weightBytesOf(weights)).toBe(
      sum(matrixNames, (name) => (isLayers(name) ? nf4(elements(name)) : (elements(name) * 34) / 32)),
    );
    expect(weightBytesOf(weights) / full).toBeLessThan(0.2);
    ops.dispose(weights);
  });
});
