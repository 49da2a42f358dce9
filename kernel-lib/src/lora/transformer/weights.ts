// A frozen model in the memory of a backend: matrices by linear group, norms in float32, all read from one weight source.
import { InputError } from "../../runtime/index.js";
import type { Handle, Ops } from "../backends/ops.js";
import type { Architecture } from "./architecture.js";
import { type FrozenMatrix, quantisedMatrix, residentMatrix } from "./frozen-matrix.js";
import type { FrozenGroup } from "./linear-group.js";
import { type Linear, type LinearGroupName, linearsOf } from "./linears.js";
import type { Norm } from "./normalisation.js";
import { quantisedPart } from "./quantised-part.js";
import type { WeightSource } from "./weight-source.js";

/**
 * How the frozen matrices are kept: in the product type, or quantised and unpacked a matrix at a time, forward and backward (QLoRA,
 * Dettmers et al. 2023); see `quantisedPart` for the types.
 */
export type Residency = "resident" | "quantised";

export interface LayerWeights {
  readonly linears: Readonly<Record<LinearGroupName, FrozenGroup>>;
  readonly attentionNorm: Norm;
  readonly feedForwardNorm: Norm;
  readonly queryNorm?: Handle; // [headSize]
  readonly keyNorm?: Handle; // [headSize]
  readonly postAttentionNorm?: Norm;
  readonly postFeedForwardNorm?: Norm;
}

export interface Weights {
  readonly architecture: Architecture;
  readonly embedding: FrozenMatrix; // [vocabulary, hidden]
  /** Learned positions (GPT-2). */
  readonly positions?: Handle; // [contextTokens, hidden] float32
  /** The same object as `embedding` where the file ties them. */
  readonly head: FrozenMatrix; // [vocabulary, hidden]
  readonly outputNorm: Norm;
  readonly layers: readonly LayerWeights[];
}

/** Bytes of all frozen matrices between their uses. */
export function weightBytesOf({ embedding, head, layers }: Pick<Weights, "embedding" | "head" | "layers">): number {
  const groups = layers.flatMap(({ linears }) => Object.values(linears).map(({ weight }) => weight.bytes));
  return groups.reduce((sum, bytes) => sum + bytes, embedding.bytes + (head === embedding ? 0 : head.bytes));
}

/** Reads a model, one matrix at a time. The caller disposes of the result by `ops.dispose`. */
export function loadWeights(ops: Ops, source: WeightSource, residency: Residency = "resident"): Weights {
  const { architecture } = source;
  const upload = (values: Float32Array, shape: readonly number[]): Handle => {
    const full = ops.fromFloats(values, shape);
    const handle = ops.toProduct(full);
    if (handle !== full) ops.dispose(full);
    return handle;
  };
  /** Tensors of equal width, stacked by rows. */
  const stacked = (names: readonly string[]): FrozenMatrix => {
    const parts = names.map((name) => (residency === "quantised" ? quantisedPart(source, name) : source.stored(name)));
    if (parts.every((part) => part !== undefined)) {
      const packed = quantisedMatrix(ops, parts);
      if (residency === "quantised") return packed;
      const unpacked = residentMatrix(ops, packed.load(ops)); // by the backend, which needs no float32 copy on the way
      ops.dispose(packed.packed);
      return unpacked;
    }
    const shapes = names.map((name) => source.shape(name));
    const columns = shapes[0]![1]!;
    const rows = shapes.reduce((sum, shape) => sum + shape[0]!, 0);
    const values = names.length === 1 ? source.read(names[0]!) : new Float32Array(rows * columns);
    if (names.length > 1) {
      let at = 0;
      for (const name of names) {
        const part = source.read(name);
        values.set(part, at);
        at += part.length;
      }
    }
    return residentMatrix(ops, upload(values, [rows, columns]));
  };
  const vector = (name: string): Handle => ops.fromFloats(source.read(name), source.shape(name)); // [n]
  const norm = (name: string): Norm => ({
    weight: vector(`${name}.weight`),
    ...(source.has(`${name}.bias`) && { bias: vector(`${name}.bias`) }),
  });
  const bias = (names: readonly string[]): Pick<FrozenGroup, "bias"> => {
    const present = names.filter((name) => source.has(name));
    if (present.length === 0) return {};
    if (present.length < names.length)
      throw new InputError({ got: `${source.path} has ${present[0]} but not all of ${names.join(", ")}` });
    const values = names.flatMap((name) => [...source.read(name)]);
    return { bias: upload(Float32Array.from(values), [values.length]) }; // [out]
  };
  const group = (layer: number, members: readonly Linear[]): FrozenGroup => ({
    weight: stacked(members.map(({ gguf }) => `blk.${layer}.${gguf}.weight`)),
    ...bias(members.map(({ gguf }) => `blk.${layer}.${gguf}.bias`)),
  });
  const groups = linearsOf(architecture);
  const layers = Array.from({ length: architecture.layers }, (_, layer): LayerWeights => {
    const at = (name: string): string => `blk.${layer}.${name}`;
    return {
      linears: {
        attentionIn: group(layer, groups.attentionIn),
        attentionOut: group(layer, groups.attentionOut),
        feedForwardIn: group(layer, groups.feedForwardIn),
        feedForwardOut: group(layer, groups.feedForwardOut),
      },
      attentionNorm: norm(at("attn_norm")),
      feedForwardNorm: norm(at("ffn_norm")),
      ...(architecture.queryKeyNorm && {
        queryNorm: vector(at("attn_q_norm.weight")),
        keyNorm: vector(at("attn_k_norm.weight")),
      }),
      ...(architecture.postNorms && {
        postAttentionNorm: norm(at("post_attention_norm")),
        postFeedForwardNorm: norm(at("post_ffw_norm")),
      }),
    };
  });
  const embedding = stacked(["token_embd.weight"]);
  return {
    architecture,
    embedding,
    head: source.has("output.weight") ? stacked(["output.weight"]) : embedding,
    ...(architecture.learnedPositions && {
      positions: ops.fromFloats(source.read("position_embd.weight"), source.shape("position_embd.weight")),
    }),
    outputNorm: norm("output_norm"),
    layers,
  };
}
