// The architecture of a GGUF model, read from its metadata as llama.cpp's loaders of the same names read it.
import { type GgufFile, type RopeConfig, type RopeScaling, supportedArchitectures, yarnMagnitude } from "../../models/index.js";
import { InputError } from "../../runtime/index.js";
import { type Architecture, families } from "./architecture.js";

/** The rotary scaling of the layers that look at everything. `divisors`: `rope_freqs.weight`, where the file has it. */
function ropeScaling(file: GgufFile, prefix: string, contextTokens: number): RopeScaling {
  const key = `${prefix}.rope.scaling`;
  const type = file.text(`${key}.type`, "none");
  const divisors = file.tensors.has("rope_freqs.weight") ? file.readTensor("rope_freqs.weight") : undefined;
  if (divisors && type === "none") return { type: "divisors", divisors };
  switch (divisors ? `${type} and rope_freqs.weight` : type) {
    case "none":
      return { type: "none" };
    case "linear":
      return { type: "linear", factor: file.number(`${key}.factor`, 1) };
    case "yarn": {
      const factor = file.number(`${key}.factor`);
      const originalTokens = file.number(`${key}.original_context_length`, contextTokens);
      const magnitude = yarnMagnitude(factor) * file.number(`${key}.attn_factor`, 1);
      const betaFast = file.number(`${key}.yarn_beta_fast`, 32);
      return { type: "yarn", factor, originalTokens, betaFast, betaSlow: file.number(`${key}.yarn_beta_slow`, 1), magnitude };
    }
    default:
      throw new InputError({
        got: `${file.path}: rotary scaling "${type}"${divisors ? " and rope_freqs.weight" : ""}`,
        allowed: "none, linear, yarn, or rope_freqs.weight",
        todo: "choose another model",
      });
  }
}

/** Variants that would compute something else and that no tensor's name gives away. */
function refuseVariants(file: GgufFile, name: string): void {
  const refuse = (got: string, allowed: string): never => {
    throw new InputError({ got: `${file.path}: ${got}`, allowed, todo: "choose another model" });
  };
  const number = (key: string): number => file.number(`${name}.${key}`, 0);
  if (number("expert_count") > 0) refuse("a mixture of experts", "dense models");
  if (number("attn_logit_softcapping") > 0 || number("final_logit_softcapping") > 0) refuse("soft-capped logits", "plain logits");
  if (name !== "gemma3" && number("attention.sliding_window") > 0) refuse(`a sliding window in ${name}`, "one in gemma3 only");
  if (number("attention.scale") > 0) refuse(`an attention scale of ${number("attention.scale")}`, "1/√(head size)");
}

/**
 * Reads the architecture of a GGUF model.
 * @throws InputError for architectures, or variants of them, that the transformer does not compute.
 */
export function ggufArchitecture(file: GgufFile): Architecture {
  const name = supportedArchitectures.find((supported) => supported === file.architecture);
  if (!name)
    throw new InputError({
      got: `${file.path}: architecture "${file.architecture}"`,
      allowed: supportedArchitectures.join(", "),
      todo: "choose a model of one of these families",
    });
  refuseVariants(file, name);
  const family = families[name];
  const number = (key: string, fallback?: number): number => file.number(`${name}.${key}`, fallback);
  const gemma = name === "gemma3";
  const hidden = number("embedding_length");
  const heads = number("attention.head_count");
  const headSize = number("attention.key_length", hidden / heads);
  const rotated = family.learnedPositions ? headSize : number("rope.dimension_count", headSize);
  if (rotated !== headSize || number("attention.value_length", headSize) !== headSize)
    throw new InputError({
      got: `${file.path}: heads of ${headSize} with ${rotated} rotated and values of ${number("attention.value_length", headSize)}`,
      allowed: "three equal sizes",
    });
  const layers = number("block_count");
  const contextTokens = number("context_length");
  const window = gemma ? number("attention.sliding_window") : 0;
  const pattern = gemma ? number("attention.sliding_window_pattern", 6) : 1; // every 6th Gemma layer is global
  const isLocal = (layer: number): boolean => gemma && layer % pattern < pattern - 1;
  const global: RopeConfig = {
    base: number("rope.freq_base", gemma ? 1e6 : 1e4),
    scaling: ropeScaling(file, name, contextTokens),
  };
  const local: RopeConfig = { base: number("rope.freq_base_swa", 1e4), scaling: { type: "none" } };
  // The 27B Gemma alone scales by √(hidden / heads) instead of √headSize (its query_pre_attn_scalar); it has 62 layers.
  const scaleBy = gemma && layers === 62 ? hidden / heads : headSize;
  return {
    name,
    ...family,
    ...{ layers, hidden, heads, headSize, contextTokens },
    feedForward: number("feed_forward_length"),
    keyValueHeads: number("attention.head_count_kv", heads),
    vocabulary: file.tensor("token_embd.weight").shape[0]!,
    normEpsilon: number(name === "gpt2" ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon"),
    embeddingScale: gemma ? Math.sqrt(hidden) : 1,
    attentionScale: 1 / Math.sqrt(scaleBy),
    windowOf: (layer) => (isLocal(layer) ? window : undefined),
    rotationOf: (layer) => (isLocal(layer) ? local : global),
  };
}
