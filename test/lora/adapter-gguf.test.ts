import { join } from "node:path";
import { expect, it } from "vitest";
import { type Adapter, emptyAdapter } from "../../kernel-lib/src/lora/adapters/adapter.js";
import { loadGgufAdapter, saveGgufAdapter } from "../../kernel-lib/src/lora/adapters/adapter-gguf.js";
import { weightUpdate } from "../../kernel-lib/src/lora/adapters/adapter-matrices.js";
import { loadPeftAdapter } from "../../kernel-lib/src/lora/adapters/adapter-peft.js";
import type { AdapterSettings } from "../../kernel-lib/src/lora/adapters/adapter-settings.js";
import { loadAdapter } from "../../kernel-lib/src/lora/adapters/load-adapter.js";
import { interleaveRows } from "../../kernel-lib/src/lora/transformer/rotation.js";
import { type GgufValue, ggufValue, readGguf, type TensorToWrite, writeGguf } from "../../kernel-lib/src/models/index.js";
import { deriveRandom } from "../../kernel-lib/src/runtime/index.js";
import { peftFolder, peftNames, peftOracle, tinyArchitecture } from "./adapter-oracles.js";
import { oracleFolder } from "./oracle-models.js";
import { temporaryDirectory } from "./tiny-model.js";

const llama = tinyArchitecture("llama");
const newPath = (): string => join(temporaryDirectory(), "adapter.gguf");

function randomAdapter(settings: AdapterSettings): Adapter {
  const adapter = emptyAdapter(llama, settings);
  const random = deriveRandom(3);
  for (const { offsetA, offsetB, rank, in: width, out } of adapter.linears) {
    for (let i = 0; i < rank * width; i++) adapter.parameters[offsetA + i] = random.normal();
    for (let i = 0; i < rank * out; i++) adapter.parameters[offsetB + i] = random.normal();
  }
  return adapter;
}

/** s·B·A of every adapted map, by its matrix. */
const updates = (adapter: Adapter): Map<string, Float32Array> =>
  new Map(adapter.linears.map((linear) => [linear.tensor, weightUpdate(adapter, linear)]));

function expectSameUpdates(actual: Adapter, expected: Adapter): void {
  const [own, other] = [updates(actual), updates(expected)];
  expect([...own.keys()]).toEqual([...other.keys()]);
  for (const [tensor, values] of own)
    for (const [i, value] of values.entries()) expect(value).toBeCloseTo(other.get(tensor)![i]!, 5);
}

it("reads back what it wrote: ranks, alpha, A and B to the bit", () => {
  const adapter = randomAdapter({ rank: 4, alpha: 16, targets: ["q_proj", "k_proj", "down_proj"] });
  const path = newPath();
  saveGgufAdapter(path, adapter, "tiny");
  expect(loadGgufAdapter(path, llama)).toEqual(adapter);
  expect(loadAdapter(path, llama)).toEqual(adapter);
});

it.each<[string, Partial<AdapterSettings>]>([
  ["rsLoRA", { rsLora: true }],
  ["an alpha of one map", { alphaPattern: { "layers.1.self_attn.k_proj": 5 } }],
  ["a rank of one map", { rankPattern: { "layers.1.self_attn.k_proj": 3, v_proj: 1 } }],
  ["single layers", { layers: [1], targets: ["v_proj"] }],
])("keeps the update of %s, which llama.cpp scales by alpha / rank", (_, settings) => {
  const adapter = randomAdapter({ rank: 2, alpha: 6, targets: ["q_proj", "k_proj", "v_proj", "o_proj"], ...settings });
  const path = newPath();
  saveGgufAdapter(path, adapter, "tiny");
  const file = readGguf(path);
  for (const { tensor, rank } of adapter.linears) {
    expect(file.tensor(`${tensor}.lora_a`).shape[0]).toBe(rank);
    expect(file.tensor(`${tensor}.lora_b`).shape[1]).toBe(rank);
  }
  expect(file.number("adapter.lora.alpha")).toBe(6);
  file.close();
  expectSameUpdates(loadGgufAdapter(path, llama), adapter);
});

it.each(peftNames)("carries PEFT's adapter %s over and back", (name) => {
  const architecture = tinyArchitecture(peftOracle(name).model);
  const adapter = loadPeftAdapter(peftFolder(name), architecture);
  const path = newPath();
  saveGgufAdapter(path, adapter, name);
  expectSameUpdates(loadGgufAdapter(path, architecture), adapter);
});

/** A file as a converter might write it. */
function converted(options: { metadata?: [string, GgufValue][]; tensors?: TensorToWrite[] } = {}): string {
  const path = newPath();
  writeGguf({
    path,
    metadata: new Map([
      ["general.architecture", ggufValue.string("llama")],
      ["general.type", ggufValue.string("adapter")],
      ["adapter.type", ggufValue.string("lora")],
      ["adapter.lora.alpha", ggufValue.f32(0)],
      ...(options.metadata ?? []),
    ]),
    tensors: options.tensors ?? [],
  });
  return path;
}

const matrices = (tensor: string, type: "F16" | "BF16", a: Float32Array, b: Float32Array): TensorToWrite[] => [
  { name: `${tensor}.lora_a`, type, shape: [a.length / 16, 16], values: a },
  { name: `${tensor}.lora_b`, type, shape: [b.length / (a.length / 16), a.length / 16], values: b },
];

it("reads half floats, puts interleaved rows back, and takes an alpha of 0 for a scale of 1", () => {
  const a = Float32Array.from({ length: 32 }, (_, i) => i - 7); // rank 2
  const b = Float32Array.from({ length: 64 }, (_, i) => i / 4); // [32, 2]
  const wide = Float32Array.from({ length: 48 }, (_, i) => i); // rank 3
  const rows = Float32Array.from({ length: 48 }, (_, i) => -i); // [16, 3]
  const tensors = [
    ...matrices("blk.1.attn_q.weight", "F16", a, interleaveRows(b, 8, 2)),
    ...matrices("blk.0.attn_v.weight", "BF16", wide, rows),
  ];
  const adapter = loadGgufAdapter(converted({ tensors }), llama);
  const [value, query] = adapter.linears;
  expect([value, query].map((linear) => [linear!.tensor, linear!.rank, linear!.scale])).toEqual([
    ["blk.0.attn_v.weight", 3, 1],
    ["blk.1.attn_q.weight", 2, 1],
  ]);
  const update = weightUpdate(adapter, query!);
  expect(update[5 * 16 + 3]).toBeCloseTo(b[10]! * a[3]! + b[11]! * a[19]!, 5); // row 5, column 3 of B·A
});

it.each<[string, () => string, string]>([
  ["a whole model", () => converted({ metadata: [["general.type", ggufValue.string("model")]] }), "holds a GGUF model lora"],
  [
    "another architecture",
    () => converted({ metadata: [["general.architecture", ggufValue.string("qwen2")]] }),
    "adapts a qwen2 model; allowed: llama",
  ],
  [
    "activated LoRA",
    () => converted({ metadata: [["adapter.alora.invocation_tokens", ggufValue.u32(1)]] }),
    "activated LoRA (adapter.alora.invocation_tokens)",
  ],
  [
    "LoRA on embeddings",
    () => converted({ tensors: matrices("token_embd.weight", "F16", new Float32Array(32), new Float32Array(64)) }),
    '"token_embd.weight.lora_a"; allowed: LoRA on the linear maps',
  ],
  [
    "matrices of another size",
    () => converted({ tensors: matrices("blk.0.attn_v.weight", "F16", new Float32Array(32), new Float32Array(64)) }),
    "blk.0.attn_v.weight has A [2,16] and B [32,2]; allowed: [rank, 16] and [16, rank]",
  ],
  ["no matrices", () => converted(), "holds no LoRA matrix"],
])("refuses %s in one line", (_, path, message) => {
  expect(() => loadGgufAdapter(path(), llama)).toThrow(message);
});

it("says what an adapter may be where there is none", () => {
  expect(() => loadAdapter(join(oracleFolder("llama"), "none"), llama)).toThrow(
    "does not exist; allowed: a folder as PEFT writes it, or",
  );
  expect(() => loadAdapter(oracleFolder("llama"), llama)).toThrow("has no adapter_config.json");
});
