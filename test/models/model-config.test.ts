import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readModelConfig } from "../../kernel-lib/src/models/index.js";
import { temporaryFolder } from "./tiny-gguf.js";

type Fields = Record<string, unknown>;

// Written by transformers 5: test/oracles/transformers_tiny.py.
const oracle = (name: string): string => new URL(`../oracles/tiny/${name}`, import.meta.url).pathname;

/** A folder with the config of a tiny model, some of its fields changed; undefined removes one. */
function changed(name: string, changes: Fields): string {
  const folder = temporaryFolder();
  const fields = JSON.parse(readFileSync(join(oracle(name), "config.json"), "utf8")) as Fields;
  writeFileSync(join(folder, "config.json"), JSON.stringify({ ...fields, ...changes }));
  return folder;
}

it("describes a model of each family", () => {
  const shape = { layers: 2, hidden: 16, feedForward: 24, heads: 4, vocabulary: 32, contextTokens: 64 };
  expect(readModelConfig(oracle("llama"))).toEqual({
    ...{ family: "llama", ...shape, keyValueHeads: 2, headSize: 8, normEpsilon: 1e-5, tied: false },
    rope: { base: 100, scaling: { type: "none" } },
  });
  expect(readModelConfig(oracle("qwen2"))).toMatchObject({ family: "qwen2", headSize: 4, normEpsilon: 1e-6, tied: false });
  expect(readModelConfig(oracle("qwen3"))).toMatchObject({ family: "qwen3", headSize: 8, tied: true });
  expect(readModelConfig(oracle("gemma3"))).toMatchObject({
    ...{ family: "gemma3", tied: true, window: 4, queryScalar: 12, localLayers: [true, false, true] },
    rope: { base: 1000, scaling: { type: "linear", factor: 2 } },
    localRope: { base: 50, scaling: { type: "none" } },
  });
  const gpt2 = { ...shape, family: "gpt2", feedForward: 64, contextTokens: 32, normEpsilon: 1e-5, tied: true };
  expect(readModelConfig(oracle("gpt2"))).toEqual(gpt2);
});

it("reads the rotary scalings, the older spelling as the newer one", () => {
  const llama3 = { type: "llama3", factor: 8, lowFactor: 1, highFactor: 4, originalTokens: 128 };
  expect(readModelConfig(oracle("llama3"))).toMatchObject({ rope: { base: 10000, scaling: llama3 } });
  const old = {
    rope_parameters: undefined,
    rope_theta: 10000,
    rope_scaling: {
      ...{ rope_type: "llama3", factor: 8, low_freq_factor: 1, high_freq_factor: 4 },
      original_max_position_embeddings: 128,
    },
  };
  expect(readModelConfig(changed("llama3", old))).toEqual(readModelConfig(oracle("llama3")));
  const oldest = { rope_parameters: undefined, rope_theta: 100, rope_scaling: { type: "linear", factor: 4 } };
  expect(readModelConfig(changed("llama-linear", oldest))).toEqual(readModelConfig(oracle("llama-linear")));
  const oldGemma = {
    ...{ rope_parameters: undefined, rope_theta: 1000, rope_local_base_freq: 50 },
    ...{ rope_scaling: { rope_type: "linear", factor: 2 }, layer_types: undefined, sliding_window_pattern: 2 },
  };
  expect(readModelConfig(changed("gemma3", oldGemma))).toEqual(readModelConfig(oracle("gemma3")));
  const yarn = { type: "yarn", factor: 4, originalTokens: 64, betaFast: 32, betaSlow: 1, magnitude: 0.1 * Math.log(4) + 1 };
  expect(readModelConfig(oracle("qwen3-yarn"))).toMatchObject({ rope: { scaling: yarn } });
});

it("lets Gemma's every sixth layer look at everything where the file says nothing", () => {
  const config = readModelConfig(
    changed("gemma3", { layer_types: undefined, num_hidden_layers: 7, _sliding_window_pattern: undefined }),
  );
  expect(config).toMatchObject({ localLayers: [true, true, true, true, true, false, true] });
});

it.each<[string, string, Fields, RegExp]>([
  ["another family", "llama", { model_type: "mamba" }, /the model_type "mamba"; allowed: llama, qwen2, qwen3, gemma3_text, gpt2/],
  ["a mixture of experts", "qwen3", { model_type: "qwen3_moe" }, /the model_type "qwen3_moe"/],
  ["a Gemma that sees", "gemma3", { model_type: "gemma3" }, /choose its text-only weights or a GGUF file/],
  ["no family", "llama", { model_type: undefined }, /no model_type/],
  ["Llama with biases", "llama", { attention_bias: true }, /attention_bias: .*; allowed: the plain llama model/],
  ["Llama with feed-forward biases", "llama", { mlp_bias: true }, /mlp_bias/],
  ["another activation", "llama", { hidden_act: "relu" }, /hidden_act/],
  ["Qwen with a sliding window", "qwen2", { use_sliding_window: true }, /use_sliding_window/],
  ["Qwen with sliding layers", "qwen3", { layer_types: ["full_attention", "sliding_attention"] }, /layer_types\.1/],
  ["soft-capped scores", "gemma3", { attn_logit_softcapping: 50 }, /attn_logit_softcapping/],
  ["soft-capped logits", "gemma3", { final_logit_softcapping: 30 }, /final_logit_softcapping/],
  ["attention to both sides", "gemma3", { use_bidirectional_attention: true }, /use_bidirectional_attention/],
  ["too few layer types", "gemma3", { num_hidden_layers: 4 }, /3 layer_types; allowed: one a layer \(4\)/],
  ["exact GELU", "gpt2", { activation_function: "gelu" }, /activation_function/],
  ["GPT-2 that scales by layer", "gpt2", { scale_attn_by_inverse_layer_idx: true }, /scale_attn_by_inverse_layer_idx/],
  [
    "dynamic scaling",
    "llama",
    { rope_parameters: { rope_type: "dynamic", factor: 2 } },
    /rotary scaling "dynamic"; allowed: default/,
  ],
  ["linear scaling by nothing", "llama", { rope_parameters: { rope_type: "linear" } }, /rotary scaling "linear" without factor/],
  ["heads rotated in part", "llama", { rope_parameters: { partial_rotary_factor: 0.5 } }, /partial_rotary_factor 0\.5/],
  ["DeepSeek's YaRN", "qwen3", { rope_parameters: { rope_type: "yarn", factor: 4, mscale: 1 } }, /YaRN with truncate, mscale/],
  ["weights quantised already", "llama", { quantization_config: { quant_method: "gptq" } }, /quantised already/],
  ["no number of layers", "llama", { num_hidden_layers: undefined }, /num_hidden_layers/],
])("refuses %s", (_, name, changes, message) => {
  expect(() => readModelConfig(changed(name, changes))).toThrow(message);
});

it("names a config.json that is missing or damaged", () => {
  const folder = temporaryFolder();
  expect(() => readModelConfig(folder)).toThrow(/config\.json cannot be read as JSON/);
});
