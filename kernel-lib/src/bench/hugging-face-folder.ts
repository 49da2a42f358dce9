// The base model as Hugging Face transformers reads it: the GGUF's weights dequantised by us, so that both sides train the same numbers.
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { openGgufSource } from "../lora/index.js";
import { type SafetensorsToWrite, writeSafetensors } from "../models/index.js";
import { cacheDirectory, InputError, sha256, writeJson } from "../runtime/index.js";

/** llama.cpp's names of a layer's tensors, and transformers'. */
const layerNames = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
} as const;

/**
 * Writes model.safetensors (float32) and config.json into the bench's cache, once a model file.
 * @returns the folder.
 * @throws InputError for other architectures than Llama's: the comparison is made with one model.
 */
export function huggingFaceFolder(modelPath: string): string {
  const { size, mtimeMs } = statSync(modelPath);
  const folder = cacheDirectory("bench", "models", sha256(`${modelPath} ${size} ${mtimeMs}`).slice(0, 12));
  const config = join(folder, "config.json");
  if (existsSync(config)) return folder;
  const source = openGgufSource(modelPath);
  try {
    const { architecture } = source;
    if (architecture.name !== "llama" || architecture.rotationOf(0).scaling.type !== "none")
      throw new InputError({
        got: `${modelPath} of the architecture "${architecture.name}"`,
        allowed: "Llama models without scaled rotation, beside PEFT",
        todo: "measure it by --sides tfjs",
      });
    const tensor = (own: string, theirs: string): SafetensorsToWrite => ({
      ...{ name: `${theirs}.weight`, type: "F32" as const, shape: source.shape(`${own}.weight`) },
      values: {
        *[Symbol.iterator]() {
          yield source.read(`${own}.weight`);
        },
      },
    });
    const tied = !source.has("output.weight");
    const tensors = [
      tensor("token_embd", "model.embed_tokens"),
      tensor("output_norm", "model.norm"),
      ...(tied ? [] : [tensor("output", "lm_head")]),
      ...Array.from({ length: architecture.layers }, (_, layer) =>
        Object.entries(layerNames).map(([own, theirs]) => tensor(`blk.${layer}.${own}`, `model.layers.${layer}.${theirs}`)),
      ).flat(),
    ];
    writeSafetensors({ path: join(folder, "model.safetensors"), tensors, metadata: { format: "pt" } });
    // The configuration comes last: a folder without it was not finished.
    writeJson(config, {
      architectures: ["LlamaForCausalLM"],
      model_type: "llama",
      hidden_act: "silu",
      vocab_size: architecture.vocabulary,
      hidden_size: architecture.hidden,
      intermediate_size: architecture.feedForward,
      num_hidden_layers: architecture.layers,
      num_attention_heads: architecture.heads,
      num_key_value_heads: architecture.keyValueHeads,
      head_dim: architecture.headSize,
      max_position_embeddings: architecture.contextTokens,
      rms_norm_eps: architecture.normEpsilon,
      rope_parameters: { rope_type: "default", rope_theta: architecture.rotationOf(0).base },
      tie_word_embeddings: tied,
      torch_dtype: "float32",
    });
    return folder;
  } finally {
    source.close();
  }
}
