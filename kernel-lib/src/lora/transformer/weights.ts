// A frozen model in the memory of a backend: matrices in product precision, norms in float32, all read from one GGUF file.
import type { GgufFile } from "../../models/index.js";
import type { Handle, Ops } from "../backends/ops.js";
import { type Architecture, readArchitecture } from "./architecture.js";
import { type LinearGroupName, type LinearName, linearGroups, linears } from "./linears.js";
import type { FrozenLinears } from "./lora-linear.js";
import { deinterleaveRows } from "./rotation.js";

export interface LayerWeights {
  readonly linears: Readonly<Record<LinearGroupName, FrozenLinears>>;
  readonly attentionNorm: Handle; // [hidden]
  readonly feedForwardNorm: Handle; // [hidden]
  readonly queryNorm?: Handle; // [headSize]
  readonly keyNorm?: Handle; // [headSize]
  readonly postAttentionNorm?: Handle; // [hidden]
  readonly postFeedForwardNorm?: Handle; // [hidden]
}

export interface Weights {
  readonly architecture: Architecture;
  readonly embedding: Handle; // [vocabulary, hidden]
  /** The same handle as `embedding` where the file ties them. */
  readonly head: Handle; // [vocabulary, hidden]
  readonly outputNorm: Handle; // [hidden]
  readonly layers: readonly LayerWeights[];
  /** Llama 3's rotary divisors, where the file has them. */
  readonly frequencyDivisors?: Float32Array;
}

/**
 * Reads and dequantises every tensor, one at a time. The caller disposes of the result by `ops.dispose`.
 * Gemma's "+ 1" of norm weights is already in the file: llama.cpp's converter adds it.
 * @throws InputError for unsupported architectures and missing tensors.
 */
export function loadWeights(ops: Ops, file: GgufFile): Weights {
  const architecture = readArchitecture(file);
  const upload = (values: Float32Array, shape: readonly number[]): Handle => {
    const full = ops.fromFloats(values, shape);
    const handle = ops.toProduct(full);
    if (handle !== full) ops.dispose(full);
    return handle;
  };
  const matrix = (name: string): Handle => upload(file.readTensor(name), file.tensor(name).shape); // [out, in]
  const vector = (name: string): Handle => ops.fromFloats(file.readTensor(name), file.tensor(name).shape); // [n]
  const linear = (layer: number, name: LinearName): Handle => {
    const tensor = `blk.${layer}.${linears[name].gguf}.weight`;
    if (!architecture.interleavedRotation || (name !== "q_proj" && name !== "k_proj")) return matrix(tensor);
    const shape = file.tensor(tensor).shape;
    return upload(deinterleaveRows(file.readTensor(tensor), architecture.headSize, shape[1]!), shape);
  };
  const group = (layer: number, name: LinearGroupName): FrozenLinears =>
    linearGroups[name].map((member) => ({ name: member, weight: linear(layer, member) }));

  const layers = Array.from({ length: architecture.layers }, (_, layer): LayerWeights => {
    const norm = (name: string): Handle => vector(`blk.${layer}.${name}.weight`);
    return {
      linears: {
        attentionIn: group(layer, "attentionIn"),
        attentionOut: group(layer, "attentionOut"),
        feedForwardIn: group(layer, "feedForwardIn"),
        feedForwardOut: group(layer, "feedForwardOut"),
      },
      attentionNorm: norm("attn_norm"),
      feedForwardNorm: norm("ffn_norm"),
      ...(architecture.queryKeyNorm && { queryNorm: norm("attn_q_norm"), keyNorm: norm("attn_k_norm") }),
      ...(architecture.postNorms && {
        postAttentionNorm: norm("post_attention_norm"),
        postFeedForwardNorm: norm("post_ffw_norm"),
      }),
    };
  });
  const embedding = matrix("token_embd.weight");
  return {
    architecture,
    embedding,
    head: file.tensors.has("output.weight") ? matrix("output.weight") : embedding,
    outputNorm: vector("output_norm.weight"),
    layers,
    ...(file.tensors.has("rope_freqs.weight") && { frequencyDivisors: file.readTensor("rope_freqs.weight") }),
  };
}
