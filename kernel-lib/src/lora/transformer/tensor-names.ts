// The tensors of a model under llama.cpp's names, and what transformers calls them.
import { InputError } from "../../runtime/index.js";
import type { Architecture } from "./architecture.js";

/** Parts of a layer by llama.cpp's name, and their name in transformers' Llama, Qwen and Gemma classes. */
const rotaryParts = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};
const headNormParts = { attn_q_norm: "self_attn.q_norm", attn_k_norm: "self_attn.k_norm" };
const gemmaParts = {
  ffn_norm: "pre_feedforward_layernorm",
  post_attention_norm: "post_attention_layernorm",
  post_ffw_norm: "post_feedforward_layernorm",
};
const gpt2Parts = {
  attn_norm: "ln_1",
  attn_qkv: "attn.c_attn",
  attn_output: "attn.c_proj",
  ffn_norm: "ln_2",
  ffn_up: "mlp.c_fc",
  ffn_down: "mlp.c_proj",
};

function layerParts({ name, queryKeyNorm }: Architecture): Readonly<Record<string, string>> {
  if (name === "gpt2") return gpt2Parts;
  return { ...rotaryParts, ...(queryKeyNorm && headNormParts), ...(name === "gemma3" && gemmaParts) };
}

const hasBias = ({ biases }: Architecture, part: string): boolean =>
  biases === "all" || (biases === "queryKeyValue" && /^attn_[qkv]$/.test(part));

/** Every tensor of one layer: llama.cpp's name within "blk.N." to transformers' name within the layer. */
export function layerTensors(architecture: Architecture): Map<string, string> {
  const names = new Map<string, string>();
  for (const [part, theirs] of Object.entries(layerParts(architecture))) {
    names.set(`${part}.weight`, `${theirs}.weight`);
    if (hasBias(architecture, part)) names.set(`${part}.bias`, `${theirs}.bias`);
  }
  return names;
}

/** Every tensor of the model but an untied head: llama.cpp's name to transformers'. `prefix`: what stands before GPT-2's names. */
export function modelTensors(architecture: Architecture, prefix = "transformer."): Map<string, string> {
  const gpt2 = architecture.name === "gpt2";
  const names = new Map([
    ["token_embd.weight", gpt2 ? `${prefix}wte.weight` : "model.embed_tokens.weight"],
    ["output_norm.weight", gpt2 ? `${prefix}ln_f.weight` : "model.norm.weight"],
  ]);
  if (gpt2) names.set("output_norm.bias", `${prefix}ln_f.bias`).set("position_embd.weight", `${prefix}wpe.weight`);
  const layer = layerTensors(architecture);
  for (let i = 0; i < architecture.layers; i++)
    for (const [ours, theirs] of layer)
      names.set(`blk.${i}.${ours}`, gpt2 ? `${prefix}h.${i}.${theirs}` : `model.layers.${i}.${theirs}`);
  return names;
}

/**
 * Nothing that a model needs may be missing, and nothing that it has may be left out of the computation.
 * @param names what the file holds, under llama.cpp's names or transformers'; `expected` and `ignored` likewise.
 * @throws InputError naming the first tensor that is missing or unknown.
 */
export function checkTensors(options: {
  path: string;
  architecture: Architecture;
  names: Iterable<string>;
  expected: Iterable<string>;
  ignored: RegExp;
}): void {
  const { path, architecture, ignored } = options;
  const expected = new Set(options.expected);
  const names = new Set(options.names);
  const missing = [...expected].find((name) => !names.has(name));
  if (missing)
    throw new InputError({ got: `${path} lacks the tensor "${missing}"`, todo: "check that it holds the whole model" });
  const unknown = [...names].find((name) => !expected.has(name) && !ignored.test(name));
  if (unknown)
    throw new InputError({
      got: `${path} has a tensor "${unknown}"`,
      allowed: `what the plain ${architecture.name} model computes with`,
      todo: "choose another model",
    });
}
