// The shape of a model and what its layers compute, whatever file it was read from.
import type { RopeConfig, supportedArchitectures } from "../../models/index.js";
import type { Activation } from "../backends/kernels.js";

export interface Architecture {
  /** As llama.cpp calls it. */
  readonly name: (typeof supportedArchitectures)[number];
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
  /** RMSNorm of each query and key head before the rotation (Qwen 3, Gemma 3). */
  readonly queryKeyNorm: boolean;
  /** RMSNorm of what attention and feed-forward give, before it joins the residual (Gemma). */
  readonly postNorms: boolean;
  /** Which linear maps and norms add a bias: q, k and v (Qwen 2), or all (GPT-2, whose norms are LayerNorm). */
  readonly biases: "none" | "queryKeyValue" | "all";
  /** llama.cpp keeps the q and k rows of this family interleaved, for its "NORM" rotation; here they are in half-split order. */
  readonly interleavedRotation: boolean;
  /** A layer looks back `window` tokens, itself included; undefined: all of them. */
  readonly windowOf: (layer: number) => number | undefined;
  /** Of the layers that rotate; `learnedPositions` have none. */
  readonly rotationOf: (layer: number) => RopeConfig;
}

type Family = Pick<
  Architecture,
  "activation" | "gated" | "learnedPositions" | "queryKeyNorm" | "postNorms" | "biases" | "interleavedRotation"
>;

const llama: Family = {
  activation: "silu",
  gated: true,
  learnedPositions: false,
  queryKeyNorm: false,
  postNorms: false,
  biases: "none",
  interleavedRotation: true,
};

/** What the families do apart: Llama (Touvron et al. 2023), Qwen (2024, 2025), Gemma 3 (Gemma Team 2025), GPT-2 (Radford et al. 2019). */
export const families: Readonly<Record<Architecture["name"], Family>> = {
  llama,
  qwen2: { ...llama, biases: "queryKeyValue", interleavedRotation: false },
  qwen3: { ...llama, queryKeyNorm: true, interleavedRotation: false },
  gemma3: { ...llama, activation: "gelu", queryKeyNorm: true, postNorms: true, interleavedRotation: false },
  gpt2: { ...llama, activation: "gelu", gated: false, learnedPositions: true, biases: "all", interleavedRotation: false },
};
