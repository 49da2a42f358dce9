// config.json for transformers from an architecture that was read from a GGUF file, in the spelling that versions 4 and 5 both read.
import type { RopeConfig } from "../../models/index.js";
import { InputError } from "../../runtime/index.js";
import type { Architecture } from "../transformer/architecture.js";

const classes: Record<Architecture["name"], [modelType: string, modelClass: string]> = {
  llama: ["llama", "LlamaForCausalLM"],
  qwen2: ["qwen2", "Qwen2ForCausalLM"],
  qwen3: ["qwen3", "Qwen3ForCausalLM"],
  gemma3: ["gemma3_text", "Gemma3ForCausalLM"],
  gpt2: ["gpt2", "GPT2LMHeadModel"],
};

function ropeScaling(scaling: RopeConfig["scaling"]): Record<string, unknown> | null {
  switch (scaling.type) {
    case "none":
      return null;
    case "linear":
      return { rope_type: "linear", factor: scaling.factor };
    case "yarn":
      return {
        rope_type: "yarn",
        factor: scaling.factor,
        original_max_position_embeddings: scaling.originalTokens,
        beta_fast: scaling.betaFast,
        beta_slow: scaling.betaSlow,
        attention_factor: scaling.magnitude,
      };
    case "llama3":
      return {
        rope_type: "llama3",
        factor: scaling.factor,
        low_freq_factor: scaling.lowFactor,
        high_freq_factor: scaling.highFactor,
        original_max_position_embeddings: scaling.originalTokens,
      };
    case "divisors":
      throw new InputError({
        got: "a GGUF model whose rotary frequencies have divisors of their own (rope_freqs.weight)",
        allowed: "rotary scaling that config.json can state",
        todo: "merge into a GGUF file, or from the model's safetensors folder",
      });
  }
}

function gpt2Fields(architecture: Architecture): Record<string, unknown> {
  return {
    n_layer: architecture.layers,
    n_embd: architecture.hidden,
    n_inner: architecture.feedForward,
    n_head: architecture.heads,
    n_positions: architecture.contextTokens,
    layer_norm_epsilon: architecture.normEpsilon,
    activation_function: "gelu_new",
  };
}

function rotaryFields(architecture: Architecture): Record<string, unknown> {
  const { layers, windowOf, rotationOf, name } = architecture;
  const kinds = Array.from({ length: layers }, (_, layer) => (windowOf(layer) ? "sliding_attention" : "full_attention"));
  const [local, global] = [kinds.indexOf("sliding_attention"), Math.max(0, kinds.indexOf("full_attention"))];
  const { base, scaling } = rotationOf(global);
  return {
    num_hidden_layers: layers,
    hidden_size: architecture.hidden,
    intermediate_size: architecture.feedForward,
    num_attention_heads: architecture.heads,
    num_key_value_heads: architecture.keyValueHeads,
    head_dim: architecture.headSize,
    max_position_embeddings: architecture.contextTokens,
    rms_norm_eps: architecture.normEpsilon,
    rope_theta: base,
    rope_scaling: ropeScaling(scaling),
    attention_bias: false,
    ...(name === "gemma3"
      ? {
          hidden_activation: "gelu_pytorch_tanh",
          query_pre_attn_scalar: Math.round(architecture.attentionScale ** -2),
          layer_types: kinds,
          ...(local >= 0 && { sliding_window: windowOf(local), rope_local_base_freq: rotationOf(local).base }),
        }
      : { hidden_act: "silu" }),
  };
}

export interface TransformersConfigOptions {
  architecture: Architecture;
  /** The head is the embedding. */
  tied: boolean;
  /** "float32", "float16", "bfloat16". */
  dtype: string;
  /** Token numbers, where the model has such tokens. */
  bos?: number | undefined;
  eos?: number | undefined;
}

/** @throws InputError for rotary scaling that config.json cannot state. */
export function transformersConfig({ architecture, tied, dtype, bos, eos }: TransformersConfigOptions): Record<string, unknown> {
  const [modelType, modelClass] = classes[architecture.name];
  return {
    architectures: [modelClass],
    model_type: modelType,
    vocab_size: architecture.vocabulary,
    ...(architecture.name === "gpt2" ? gpt2Fields(architecture) : rotaryFields(architecture)),
    tie_word_embeddings: tied,
    bos_token_id: bos ?? null,
    eos_token_id: eos ?? null,
    torch_dtype: dtype,
  };
}
