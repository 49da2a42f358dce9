// The tiny models of test/oracles/tiny (made by transformers_tiny.py): what transformers and PEFT computed with them, and the same
// models as GGUF files, as llama.cpp's convert_hf_to_gguf.py would write them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { interleaveRows } from "../../kernel-lib/src/lora/transformer/rotation.js";
import {
  type GgufValue,
  ggufValue,
  type ModelConfig,
  readModelConfig,
  readSafetensors,
  type TensorToWrite,
  writeGguf,
} from "../../kernel-lib/src/models/index.js";
import { temporaryDirectory } from "./tiny-model.js";

export const oracleNames = ["llama", "llama3", "llama-linear", "qwen2", "qwen3", "qwen3-yarn", "gemma3", "gpt2"] as const;
export type OracleName = (typeof oracleNames)[number];

export const oracleFolder = (name: OracleName): string => new URL(`../oracles/tiny/${name}`, import.meta.url).pathname;

export interface Golden {
  prompts: number[][];
  completionStarts: number[];
  /** Mean over the tokens of both completions, in nats. */
  loss: { base: number; adapted: number };
  /** Logits of a prompt at every position, [tokens, vocabulary]. */
  logits: (kind: "base" | "adapted", prompt: number) => Float32Array;
  /** By the name of the adapter's tensor. */
  gradient: (name: string) => Float32Array;
}

export function readGolden(name: OracleName): Golden {
  const folder = oracleFolder(name);
  const golden = JSON.parse(readFileSync(join(folder, "golden.json"), "utf8")) as Pick<
    Golden,
    "prompts" | "completionStarts" | "loss"
  >;
  const file = readSafetensors(join(folder, "golden.safetensors"));
  const values = new Map([...file.tensors.keys()].map((key) => [key, file.readTensor(key)]));
  file.close();
  const take = (key: string): Float32Array => {
    const found = values.get(key);
    if (!found) throw new Error(`${name} has no golden "${key}"`);
    return found;
  };
  return { ...golden, logits: (kind, prompt) => take(`${kind}.${prompt}`), gradient: (key) => take(`gradient.${key}`) };
}

/** Rows that repeat in every layer: transformers' names, llama.cpp's. */
const layerNames: Record<string, string> = {
  "self_attn.q_proj": "attn_q",
  "self_attn.k_proj": "attn_k",
  "self_attn.v_proj": "attn_v",
  "self_attn.o_proj": "attn_output",
  "self_attn.q_norm": "attn_q_norm",
  "self_attn.k_norm": "attn_k_norm",
  "mlp.gate_proj": "ffn_gate",
  "mlp.up_proj": "ffn_up",
  "mlp.down_proj": "ffn_down",
  input_layernorm: "attn_norm",
  post_attention_layernorm: "ffn_norm",
  ln_1: "attn_norm",
  ln_2: "ffn_norm",
  "attn.c_attn": "attn_qkv",
  "attn.c_proj": "attn_output",
  "mlp.c_fc": "ffn_up",
  "mlp.c_proj": "ffn_down",
};
const gemmaNames: Record<string, string> = {
  ...layerNames,
  pre_feedforward_layernorm: "ffn_norm",
  post_attention_layernorm: "post_attention_norm",
  post_feedforward_layernorm: "post_ffw_norm",
};
const modelNames: Record<string, string> = {
  "model.embed_tokens": "token_embd",
  "model.norm": "output_norm",
  lm_head: "output",
  "transformer.wte": "token_embd",
  "transformer.wpe": "position_embd",
  "transformer.ln_f": "output_norm",
};

function ggufName(name: string, family: ModelConfig["family"]): string {
  const [, stem, kind] = /^(.*)\.(weight|bias)$/.exec(name)!;
  const inLayer = /^(?:model\.layers|transformer\.h)\.(\d+)\.(.*)$/.exec(stem!);
  const names = family === "gemma3" ? gemmaNames : layerNames;
  return inLayer ? `blk.${inLayer[1]}.${names[inLayer[2]!]}.${kind}` : `${modelNames[stem!]}.${kind}`;
}

/** Llama 3.1's rule as the converter writes it: what each frequency is divided by. */
function ropeFactors({ headSize, rope }: Extract<ModelConfig, { rope: unknown }>): Float32Array | undefined {
  const { scaling } = rope;
  if (scaling.type !== "llama3") return undefined;
  const { factor, lowFactor, highFactor, originalTokens } = scaling;
  return Float32Array.from({ length: headSize / 2 }, (_, i) => {
    const wavelength = 2 * Math.PI * rope.base ** ((2 * i) / headSize);
    if (wavelength < originalTokens / highFactor) return 1;
    if (wavelength > originalTokens / lowFactor) return factor;
    const smooth = (originalTokens / wavelength - lowFactor) / (highFactor - lowFactor);
    return 1 / ((1 - smooth) / factor + smooth);
  });
}

/** 32 tokens of byte-pair encoding, so that llama.cpp loads the file. */
const vocabulary: [string, GgufValue][] = [
  ["tokenizer.ggml.model", ggufValue.string("gpt2")],
  ["tokenizer.ggml.pre", ggufValue.string("gpt-2")],
  ["tokenizer.ggml.tokens", ggufValue.strings([..."abcdefghijklmnopqrstuvwxyzĊĠ", "ab", "cd", "<s>", "</s>"])],
  ["tokenizer.ggml.merges", ggufValue.strings(["a b", "c d"])],
  ["tokenizer.ggml.bos_token_id", ggufValue.u32(30)],
  ["tokenizer.ggml.eos_token_id", ggufValue.u32(31)],
];

function metadataOf(config: ModelConfig): Map<string, GgufValue> {
  const { family } = config;
  const { u32, f32, string } = ggufValue;
  const own: [string, GgufValue][] = [
    ["block_count", u32(config.layers)],
    ["context_length", u32(config.contextTokens)],
    ["embedding_length", u32(config.hidden)],
    ["feed_forward_length", u32(config.feedForward)],
    ["attention.head_count", u32(config.heads)],
    ["vocab_size", u32(config.vocabulary)],
  ];
  if (config.family === "gpt2") own.push(["attention.layer_norm_epsilon", f32(config.normEpsilon)]);
  else {
    const { scaling, base } = config.rope;
    own.push(
      ["attention.head_count_kv", u32(config.keyValueHeads)],
      ["attention.key_length", u32(config.headSize)],
      ["attention.value_length", u32(config.headSize)],
      ["attention.layer_norm_rms_epsilon", f32(config.normEpsilon)],
      ["rope.dimension_count", u32(config.headSize)],
      ["rope.freq_base", f32(base)],
    );
    if (scaling.type === "linear" || scaling.type === "yarn")
      own.push(["rope.scaling.type", string(scaling.type)], ["rope.scaling.factor", f32(scaling.factor)]);
    if (scaling.type === "yarn") own.push(["rope.scaling.original_context_length", u32(scaling.originalTokens)]);
  }
  if (config.family === "gemma3")
    own.push(
      ["attention.sliding_window", u32(config.window)],
      ["attention.sliding_window_pattern", u32(config.localLayers.indexOf(false) + 1)],
      ["rope.freq_base_swa", f32(config.localRope.base)],
    );
  return new Map([
    ["general.architecture", string(family)],
    ["general.type", string("model")],
    ...vocabulary,
    ...own.map(([key, value]): [string, GgufValue] => [`${family}.${key}`, value]),
  ]);
}

/** [rows, columns] to [columns, rows]. */
const transposed = (values: Float32Array, [rows, columns]: readonly number[]): Float32Array =>
  Float32Array.from(values, (_, i) => values[(i % rows!) * columns! + Math.floor(i / rows!)]!);

/** Writes a tiny model as GGUF, F32, and returns its path. */
export function writeOracleGguf(name: OracleName): string {
  const config = readModelConfig(oracleFolder(name));
  const { family } = config;
  const file = readSafetensors(oracleFolder(name));
  const tensors = [...file.tensors.values()].map((info): TensorToWrite => {
    const target = ggufName(info.name, family);
    const values = file.readTensor(info.name);
    const shape = info.shape;
    if (family === "gpt2" && /attn_qkv|attn_output|ffn/.test(target) && target.endsWith("weight") && shape.length === 2)
      return { name: target, type: "F32", shape: [...shape].reverse(), values: transposed(values, shape) };
    if (config.family === "llama" && /attn_[qk]\./.test(target))
      return { name: target, type: "F32", shape, values: interleaveRows(values, config.headSize, shape[1]!) };
    if (config.family === "gemma3" && /norm/.test(target)) {
      // llama.cpp divides by √headSize, as every released Gemma below 27B does; the other root goes into the query's norm.
      const factor = target.includes("attn_q_norm") ? Math.sqrt(config.headSize / config.queryScalar) : 1;
      return { name: target, type: "F32", shape, values: values.map((value) => (value + 1) * factor) };
    }
    return { name: target, type: "F32", shape, values };
  });
  file.close();
  const factors = config.family === "gpt2" ? undefined : ropeFactors(config);
  if (factors) tensors.push({ name: "rope_freqs.weight", type: "F32", shape: [factors.length], values: factors });
  const path = join(temporaryDirectory(), `${name}.gguf`);
  writeGguf({ path, metadata: metadataOf(config), tensors });
  return path;
}
