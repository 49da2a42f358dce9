// The shape of a model, read from GGUF metadata: the Llama family (Touvron et al. 2023) and Gemma 3 (Gemma Team 2025), as
// llama.cpp's loaders of the same names read it.
import { type GgufFile, supportedArchitectures } from "../../models/index.js";
import { InputError } from "../../runtime/index.js";
import type { Activation } from "../backends/kernels.js";

/** As GGUF files name them (`general.architecture`). */
export type ArchitectureName = "llama" | "qwen2" | "qwen3" | "gemma3" | "gpt2";

export interface Architecture {
  readonly name: ArchitectureName;
  readonly layers: number;
  /** Width of the residual stream. */
  readonly hidden: number;
  readonly feedForward: number;
  readonly heads: number;
  /** Key and value heads; `heads / keyValueHeads` query heads share one (grouped-query attention). */
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly vocabulary: number;
  /** Longest sequence the model was made for. */
  readonly contextTokens: number;
  readonly normEpsilon: number;
  /** Factor on the embedding rows: √hidden for Gemma, else 1. */
  readonly embeddingScale: number;
  readonly attentionScale: number;
  readonly activation: Activation;
  /** The feed-forward has a gate: act(gate) ∘ up. */
  readonly gated: boolean;
  /** Positions are learned rows that are added to the embedding (GPT-2); else they are rotations. */
  readonly learnedPositions: boolean;
  /** RMSNorm of each query and key head before the rotation (Gemma 3). */
  readonly queryKeyNorm: boolean;
  /** RMSNorm of what attention and feed-forward give, before it joins the residual (Gemma). */
  readonly postNorms: boolean;
  /** The q and k rows of the file are interleaved for llama.cpp's "NORM" rotation and must be put back into half-split order. */
  readonly interleavedRotation: boolean;
  /** A layer looks back `window` tokens, itself included; undefined: all of them. */
  readonly windowOf: (layer: number) => number | undefined;
  readonly rotationOf: (layer: number) => Rotation;
}

export interface Rotation {
  /** Base of the rotary frequencies (Su et al. 2021, θ). */
  readonly base: number;
  /** Positions are divided by this (linear scaling). */
  readonly divisor: number;
}

function rotationDivisor(file: GgufFile, prefix: string): number {
  const type = file.text(`${prefix}.rope.scaling.type`, "none");
  if (type !== "none" && type !== "linear")
    throw new InputError({
      got: `${file.path}: rotary scaling "${type}"`,
      allowed: "none, linear",
      todo: "choose another model",
    });
  return type === "linear" ? file.number(`${prefix}.rope.scaling.factor`, 1) : 1;
}

/**
 * Reads the architecture of a GGUF model.
 * @throws InputError for architectures, or variants of them, that the transformer does not compute.
 */
export function readArchitecture(file: GgufFile): Architecture {
  const name = supportedArchitectures.find((supported) => supported === file.architecture);
  if (!name)
    throw new InputError({
      got: `${file.path}: architecture "${file.architecture}"`,
      allowed: supportedArchitectures.join(", "),
      todo: "choose a model of one of these families",
    });
  const number = (key: string, fallback?: number): number => file.number(`${name}.${key}`, fallback);
  if (number("expert_count", 0) > 0) throw new InputError({ got: `${file.path}: a mixture of experts`, allowed: "dense models" });
  const biased = [...file.tensors.keys()].find((tensor) => /^blk\..*\.bias$/.test(tensor));
  if (biased) throw new InputError({ got: `${file.path}: the bias "${biased}"`, allowed: "models without biases" });

  const gemma = name === "gemma3";
  const hidden = number("embedding_length");
  const heads = number("attention.head_count");
  const headSize = number("attention.key_length", hidden / heads);
  const layers = number("block_count");
  const window = gemma ? number("attention.sliding_window") : 0;
  const pattern = gemma ? number("attention.sliding_window_pattern", 6) : 1; // every 6th Gemma layer is global
  const isLocal = (layer: number): boolean => gemma && layer % pattern < pattern - 1;
  const global: Rotation = { base: number("rope.freq_base", gemma ? 1e6 : 1e4), divisor: rotationDivisor(file, name) };
  const local: Rotation = { base: number("rope.freq_base_swa", 1e4), divisor: 1 };
  // The 27B model alone scales by √(hidden / heads) instead of √headSize (its query_pre_attn_scalar); it has 62 layers.
  const scaleBy = gemma && layers === 62 ? hidden / heads : headSize;
  return {
    name,
    layers,
    hidden,
    feedForward: number("feed_forward_length"),
    heads,
    keyValueHeads: number("attention.head_count_kv", heads),
    headSize,
    vocabulary: file.tensor("token_embd.weight").shape[0]!,
    contextTokens: number("context_length"),
    normEpsilon: number("attention.layer_norm_rms_epsilon"),
    embeddingScale: gemma ? Math.sqrt(hidden) : 1,
    attentionScale: 1 / Math.sqrt(scaleBy),
    activation: gemma ? "gelu" : "silu",
    gated: true,
    learnedPositions: false,
    queryKeyNorm: gemma,
    postNorms: gemma,
    interleavedRotation: !gemma,
    windowOf: (layer) => (isLocal(layer) ? window : undefined),
    rotationOf: (layer) => (isLocal(layer) ? local : global),
  };
}
