// A model of random weights, small enough that a test sees every number of it: a GGUF file and a tokenizer of one token a letter.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CheckTokenizer } from "../../kernel-lib/src/lora/adapters/check-adapter.js";
import type { RowTokenizer } from "../../kernel-lib/src/lora/training/batches.js";
import { type GgufValue, ggufValue, type TensorToWrite, writeGguf } from "../../kernel-lib/src/models/index.js";
import { deriveRandom } from "../../kernel-lib/src/runtime/index.js";

export const tinyArchitectures = ["llama", "qwen2", "qwen3", "gemma3", "gpt2"] as const;
export type TinyArchitecture = (typeof tinyArchitectures)[number];

const size = { hidden: 16, heads: 4, keyValueHeads: 2, headSize: 8, feedForward: 24, vocabulary: 32, window: 3 };

export const temporaryDirectory = (): string => mkdtempSync(join(tmpdir(), "selfspec-lora-"));

/** Writes the model; Gemma gets three layers, of which the second is global (every second one is, in this file). */
export function writeTinyModel(
  architecture: TinyArchitecture,
  changes: { metadata?: [string, GgufValue][]; tensors?: (tensors: TensorToWrite[]) => TensorToWrite[] } = {},
): string {
  const gemma = architecture === "gemma3";
  const gpt2 = architecture === "gpt2";
  const layers = gemma ? 3 : 2;
  const { hidden, heads, headSize, feedForward, vocabulary, window } = size;
  const keyValueHeads = gpt2 ? heads : size.keyValueHeads;
  const [query, keyValue] = [heads * headSize, keyValueHeads * headSize];
  const random = deriveRandom(7, architecture);
  const tensor = (name: string, ...shape: number[]): TensorToWrite => {
    const norm = /norm\.weight$/.test(name);
    const spread = shape.length === 1 ? 0.2 : 0.25;
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => (norm ? 1 : 0) + random.normal() * spread);
    return { name, type: "F32", shape, values };
  };
  const tensors = [tensor("token_embd.weight", vocabulary, hidden), tensor("output_norm.weight", hidden)];
  if (!gemma && !gpt2) tensors.push(tensor("output.weight", vocabulary, hidden));
  if (gpt2) tensors.push(tensor("output_norm.bias", hidden), tensor("position_embd.weight", 64, hidden));
  for (let layer = 0; layer < layers; layer++) {
    const add = (name: string, ...shape: number[]): void => void tensors.push(tensor(`blk.${layer}.${name}`, ...shape));
    const map = (name: string, out: number, width: number): void => {
      add(`${name}.weight`, out, width);
      if (gpt2 || (architecture === "qwen2" && /attn_[qkv]/.test(name))) add(`${name}.bias`, out);
    };
    const norm = (name: string, width: number): void => {
      add(`${name}.weight`, width);
      if (gpt2) add(`${name}.bias`, width);
    };
    norm("attn_norm", hidden);
    if (gpt2) map("attn_qkv", 3 * query, hidden);
    else {
      map("attn_q", query, hidden);
      map("attn_k", keyValue, hidden);
      map("attn_v", keyValue, hidden);
    }
    map("attn_output", hidden, query);
    norm("ffn_norm", hidden);
    if (!gpt2) map("ffn_gate", feedForward, hidden);
    map("ffn_up", feedForward, hidden);
    map("ffn_down", hidden, feedForward);
    if (gemma || architecture === "qwen3") {
      norm("attn_q_norm", headSize);
      norm("attn_k_norm", headSize);
    }
    if (!gemma) continue;
    norm("post_attention_norm", hidden);
    norm("post_ffw_norm", hidden);
  }
  const own = (key: string, value: GgufValue): [string, GgufValue] => [`${architecture}.${key}`, value];
  const path = join(temporaryDirectory(), "tiny.gguf");
  writeGguf({
    path,
    metadata: new Map([
      ["general.architecture", ggufValue.string(architecture)],
      own("block_count", ggufValue.u32(layers)),
      own("context_length", ggufValue.u32(64)),
      own("embedding_length", ggufValue.u32(hidden)),
      own("feed_forward_length", ggufValue.u32(feedForward)),
      own("attention.head_count", ggufValue.u32(heads)),
      own("attention.head_count_kv", ggufValue.u32(keyValueHeads)),
      own("attention.key_length", ggufValue.u32(headSize)),
      own(gpt2 ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon", ggufValue.f32(1e-5)),
      ...(gemma
        ? [own("attention.sliding_window", ggufValue.u32(window)), own("attention.sliding_window_pattern", ggufValue.u32(2))]
        : []),
      own("rope.freq_base", ggufValue.f32(100)),
      ...(changes.metadata ?? []),
    ]),
    tensors: changes.tensors?.(tensors) ?? tensors,
  });
  return path;
}

/** One token a small letter (all others share one of these), 0 begins and 1 ends a text. */
export const letterTokenizer: RowTokenizer & CheckTokenizer = {
  encode: (text) => [...text].map((letter) => 2 + (letter.charCodeAt(0) % 30)),
  bos: 0,
  eos: [1],
  decode: (ids) => ids.map((id) => (id < 2 ? `<${id}>` : String.fromCharCode(90 + ((id - 2 + 30) % 30)))).join(""),
  addBos: true,
};
