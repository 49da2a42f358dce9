// Grouped-query attention (Ainslie et al. 2023) with rotary positions, optional query/key norms and an optional sliding window:
// y = x + post(o(softmax(q·kᵀ + mask)·v)). The query heads of a group are folded into rows, so keys and values are never repeated.

import type { Handle, Ops } from "../backends/ops.js";
import type { Architecture } from "./architecture.js";
import type { BatchContext } from "./batch-context.js";
import { type AdapterGradient, type GroupAdapter, linearsBackward, linearsForward } from "./lora-linear.js";
import { rmsNorm, rmsNormBackward } from "./rms-norm.js";
import { type RotationTable, rotate, rotateBack } from "./rotation.js";
import type { LayerWeights } from "./weights.js";

export interface SublayerOptions {
  architecture: Architecture;
  context: BatchContext;
  layer: number;
  weights: LayerWeights;
  /** The adapters of the maps that read the sublayer's input, and of the one that gives its output. */
  adapterIn: GroupAdapter | undefined;
  adapterOut: GroupAdapter | undefined;
}

interface PreparedHeads {
  heads: Handle; // [sequences·keyValueHeads, group·tokens, headSize], product precision
  beforeNorm?: Handle; // [sequences·keyValueHeads, group, tokens, headSize], product precision
  inverseRms?: Handle; // [sequences·keyValueHeads, group, tokens, 1]
}

export interface SavedAttention {
  x: Handle; // [n, hidden] float32
  inverseRms: Handle; // [n, 1]
  input: Handle; // [n, hidden]
  down?: Handle;
  query: PreparedHeads;
  key: PreparedHeads;
  value: Handle; // [sequences·keyValueHeads, tokens, headSize]
  probabilities: Handle; // [sequences·keyValueHeads, group·tokens, tokens]
  mixed: Handle; // [n, heads·headSize]
  mixedDown?: Handle;
  beforePostNorm?: Handle; // [n, hidden]
  postInverseRms?: Handle; // [n, 1]
}

/** [n, keyValueHeads·group·size] to [sequences·keyValueHeads, group, tokens, size]. */
function splitHeads(ops: Ops, x: Handle, { architecture, context }: SublayerOptions, group: number): Handle {
  const { sequences, tokens } = context;
  const { keyValueHeads } = architecture;
  const size = x.shape[1]! / keyValueHeads / group;
  const split = ops.reshape(x, [sequences, tokens, keyValueHeads, group, size]);
  return ops.reshape(ops.transpose(split, [0, 2, 3, 1, 4]), [sequences * keyValueHeads, group, tokens, size]);
}

/** The inverse of {@link splitHeads}; also takes [sequences·keyValueHeads, group·tokens, size]. */
function mergeHeads(ops: Ops, x: Handle, { architecture, context }: SublayerOptions, group: number): Handle {
  const { sequences, tokens } = context;
  const { keyValueHeads } = architecture;
  const size = x.shape.at(-1)!;
  const split = ops.reshape(x, [sequences, keyValueHeads, group, tokens, size]);
  return ops.reshape(ops.transpose(split, [0, 3, 1, 2, 4]), [sequences * tokens, keyValueHeads * group * size]);
}

interface HeadOptions {
  options: SublayerOptions;
  group: number;
  norm: Handle | undefined;
  table: RotationTable;
}

function prepareHeads(ops: Ops, projected: Handle, { options, group, norm, table }: HeadOptions): PreparedHeads {
  const { normEpsilon } = options.architecture;
  const split = splitHeads(ops, projected, options, group); // [sequences·keyValueHeads, group, tokens, headSize]
  const normed = norm && rmsNorm(ops, ops.toFloat(split), norm, normEpsilon);
  const rotated = ops.toProduct(rotate(ops, normed?.output ?? ops.toFloat(split), table));
  const [batch, , tokens, size] = split.shape;
  return {
    heads: ops.reshape(rotated, [batch!, group * tokens!, size!]),
    ...(normed && { beforeNorm: split, inverseRms: normed.inverseRms }),
  };
}

/** The gradient of the projection [n, heads·headSize], in product precision. */
function prepareHeadsBackward(
  ops: Ops,
  saved: PreparedHeads,
  gradient: Handle,
  { options, group, norm, table }: HeadOptions,
): Handle {
  const { tokens } = options.context;
  const [batch, , size] = gradient.shape;
  const split = ops.toFloat(ops.reshape(gradient, [batch!, group, tokens, size!]));
  const unrotated = rotateBack(ops, split, table); // [sequences·keyValueHeads, group, tokens, headSize]
  const { beforeNorm, inverseRms } = saved;
  const through =
    norm && beforeNorm && inverseRms
      ? rmsNormBackward(ops, { x: ops.toFloat(beforeNorm), inverseRms, weight: norm, gradient: unrotated })
      : unrotated;
  return mergeHeads(ops, ops.toProduct(through), options, group);
}

/** x [n, hidden] float32 to y of the same kind, and what the backward pass needs. */
export function attentionForward(ops: Ops, x: Handle, options: SublayerOptions): { output: Handle; saved: SavedAttention } {
  const { architecture, context, layer, weights, adapterIn, adapterOut } = options;
  const { mask, query: queryTable, key: keyTable } = context.layers[layer]!;
  const group = architecture.heads / architecture.keyValueHeads;
  return ops.scope(() => {
    const { output: normed, inverseRms } = rmsNorm(ops, x, weights.attentionNorm, architecture.normEpsilon);
    const input = ops.toProduct(normed); // [n, hidden]
    const { outputs, down } = linearsForward(ops, input, weights.linears.attentionIn, adapterIn);
    const query = prepareHeads(ops, outputs[0]!, { options, group, norm: weights.queryNorm, table: queryTable });
    const key = prepareHeads(ops, outputs[1]!, { options, group: 1, norm: weights.keyNorm, table: keyTable });
    const value = ops.reshape(splitHeads(ops, outputs[2]!, options, 1), key.heads.shape);
    const scores = ops.toFloat(ops.matMul(query.heads, key.heads, { transposeB: true })); // [.., group·tokens, tokens]
    const probabilities = ops.toProduct(ops.softmax(ops.add(scores, mask))); // [.., group·tokens, tokens]
    const mixed = mergeHeads(ops, ops.matMul(probabilities, value), options, group); // [n, heads·headSize]
    const out = linearsForward(ops, mixed, weights.linears.attentionOut, adapterOut);
    const branch = ops.toFloat(out.outputs[0]!); // [n, hidden]
    const post = weights.postAttentionNorm && rmsNorm(ops, branch, weights.postAttentionNorm, architecture.normEpsilon);
    return {
      output: ops.add(x, post?.output ?? branch),
      saved: {
        ...{ x, inverseRms, input, query, key, value, probabilities, mixed },
        ...(down && { down }),
        ...(out.down && { mixedDown: out.down }),
        ...(post && { beforePostNorm: out.outputs[0]!, postInverseRms: post.inverseRms }),
      },
    };
  });
}

export interface SublayerGradient {
  input: Handle; // [n, hidden] float32
  adapterIn?: AdapterGradient;
  adapterOut?: AdapterGradient;
}

/** dx and the adapters' gradients from dy [n, hidden] float32. The softmax's row term is Σ dO∘O (Dao et al. 2022, appendix B.2). */
export function attentionBackward(ops: Ops, saved: SavedAttention, gradient: Handle, options: SublayerOptions): SublayerGradient {
  const { architecture, context, layer, weights, adapterIn, adapterOut } = options;
  const { query: queryTable, key: keyTable } = context.layers[layer]!;
  const { heads, headSize, keyValueHeads } = architecture;
  const group = heads / keyValueHeads;
  const { query, key, value, probabilities, mixed, x, inverseRms } = saved;
  return ops.scope(() => {
    const branch = postNormBackward(ops, saved, weights.postAttentionNorm, gradient); // [n, hidden]
    const out = linearsBackward(ops, {
      x: mixed,
      gradients: [ops.toProduct(branch)],
      frozen: weights.linears.attentionOut,
      adapter: adapterOut,
      ...(saved.mixedDown && { down: saved.mixedDown }),
    });
    const perHead = ops.reshape(ops.multiply(out.input, ops.toFloat(mixed)), [x.shape[0]!, heads, headSize]);
    const rowTerms = splitHeads(ops, ops.reshape(ops.sumLast(perHead), [x.shape[0]!, heads]), options, group);
    const mixedGradient = ops.reshape(splitHeads(ops, ops.toProduct(out.input), options, group), query.heads.shape);
    const probabilityGradient = ops.toFloat(ops.matMul(mixedGradient, value, { transposeB: true })); // [.., group·tokens, tokens]
    const centred = ops.subtract(probabilityGradient, ops.reshape(rowTerms, [...query.heads.shape.slice(0, 2), 1]));
    const scores = ops.toProduct(ops.multiply(ops.toFloat(probabilities), centred)); // [.., group·tokens, tokens]
    const queryHeads = ops.matMul(scores, key.heads); // [.., group·tokens, headSize]
    const keyHeads = ops.matMul(scores, query.heads, { transposeA: true }); // [.., tokens, headSize]
    const valueHeads = ops.matMul(probabilities, mixedGradient, { transposeA: true }); // [.., tokens, headSize]
    const projections = linearsBackward(ops, {
      x: saved.input,
      gradients: [
        prepareHeadsBackward(ops, query, queryHeads, { options, group, norm: weights.queryNorm, table: queryTable }),
        prepareHeadsBackward(ops, key, keyHeads, { options, group: 1, norm: weights.keyNorm, table: keyTable }),
        mergeHeads(ops, valueHeads, options, 1),
      ],
      frozen: weights.linears.attentionIn,
      adapter: adapterIn,
      ...(saved.down && { down: saved.down }),
    });
    const through = rmsNormBackward(ops, { x, inverseRms, weight: weights.attentionNorm, gradient: projections.input });
    return {
      input: ops.add(gradient, through),
      ...(projections.adapter && { adapterIn: projections.adapter }),
      ...(out.adapter && { adapterOut: out.adapter }),
    };
  });
}

/** The gradient before an optional norm that stands between a branch and the residual. */
export function postNormBackward(
  ops: Ops,
  { beforePostNorm, postInverseRms }: { beforePostNorm?: Handle; postInverseRms?: Handle },
  weight: Handle | undefined,
  gradient: Handle,
): Handle {
  if (!weight || !beforePostNorm || !postInverseRms) return gradient;
  return rmsNormBackward(ops, { x: ops.toFloat(beforePostNorm), inverseRms: postInverseRms, weight, gradient });
}
