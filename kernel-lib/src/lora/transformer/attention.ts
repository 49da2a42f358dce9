// The attention sublayer: y = x + post(o(attention(qkv(norm(x))))). What is cheap to compute again is not kept.

import type { LayerAdapters } from "../adapters/adapter.js";
import type { AttentionInput, AttentionResult } from "../backends/kernels.js";
import type { Handle, Ops } from "../backends/ops.js";
import type { Architecture } from "./architecture.js";
import type { BatchContext } from "./batch-context.js";
import { type AdapterGradient, groupBackward, groupForward } from "./linear-group.js";
import { type Norm, normAgain, normBackward, normForward } from "./normalisation.js";
import type { LayerWeights } from "./weights.js";

export interface SublayerOptions {
  architecture: Architecture;
  context: BatchContext;
  layer: number;
  weights: LayerWeights;
  adapters: LayerAdapters | undefined;
  /** Nothing below this sublayer is trained. */
  last?: boolean;
}

/** A norm between a branch and the residual (Gemma), and what its gradient needs. */
export interface SavedPostNorm {
  branch: Handle; // [n, hidden] T
  inverse: Handle; // [n, 1]
}

export interface SavedAttention {
  x: Handle; // [n, hidden] float32
  inverse: Handle; // [n, 1]
  down?: Handle;
  projected: Handle; // [n, (heads + 2·keyValueHeads)·headSize] T
  result: AttentionResult;
  outDown?: Handle;
  post?: SavedPostNorm;
}

export interface SublayerGradient {
  /** Left out where nothing below is trained. */
  input?: Handle; // [n, hidden] float32
  adapterIn?: AdapterGradient;
  adapterOut?: AdapterGradient;
}

/** x + branch, through the norm that some models put between. */
export function joinResidual(ops: Ops, x: Handle, branch: Handle, post: Norm | undefined, epsilon: number) {
  return ops.scope((): { output: Handle /* [n, hidden] float32 */; post?: SavedPostNorm } => {
    if (!post) return { output: ops.residualAdd(x, branch) };
    const { output, inverse } = normForward(ops, ops.toFloat(branch), post, epsilon);
    return { output: ops.residualAdd(x, output), post: { branch, inverse } };
  });
}

/** The gradient of a branch [n, hidden] in T, from that of the residual. */
export function branchGradient(ops: Ops, gradient: Handle, saved: SavedPostNorm | undefined, post: Norm | undefined): Handle {
  if (!post || !saved) return ops.toProduct(gradient);
  return ops.scope(() =>
    ops.toProduct(normBackward(ops, { x: ops.toFloat(saved.branch), inverse: saved.inverse, norm: post, gradient })),
  );
}

const attentionInput = (projected: Handle, { context, layer, weights }: SublayerOptions): AttentionInput => ({
  projected,
  layout: context.layers[layer]!,
  queryNorm: weights.queryNorm,
  keyNorm: weights.keyNorm,
});

/** x [n, hidden] float32 to y of the same kind, and what the backward pass needs. */
export function attentionForward(ops: Ops, x: Handle, options: SublayerOptions): { output: Handle; saved: SavedAttention } {
  const { architecture, context, layer, weights, adapters } = options;
  const { normEpsilon } = architecture;
  return ops.scope(() => {
    const { output: input, inverse } = normForward(ops, x, weights.attentionNorm, normEpsilon);
    const into = groupForward(ops, {
      x: input,
      frozen: weights.linears.attentionIn,
      adapter: adapters?.attentionIn,
      dropout: context.dropout?.(layer, "attentionIn"),
    });
    const result = ops.attention(attentionInput(into.output, options));
    const out = groupForward(ops, {
      x: result.mixed,
      frozen: weights.linears.attentionOut,
      adapter: adapters?.attentionOut,
      dropout: context.dropout?.(layer, "attentionOut"),
    });
    const { output, post } = joinResidual(ops, x, out.output, weights.postAttentionNorm, normEpsilon);
    return {
      output,
      saved: {
        ...{ x, inverse, projected: into.output, result },
        ...(into.down && { down: into.down }),
        ...(out.down && { outDown: out.down }),
        ...(post && { post }),
      },
    };
  });
}

/** dx and the adapters' gradients from dy [n, hidden] float32. */
export function attentionBackward(ops: Ops, saved: SavedAttention, gradient: Handle, options: SublayerOptions): SublayerGradient {
  const { context, layer, weights, adapters, last } = options;
  const { x, inverse, projected, result, down, outDown } = saved;
  return ops.scope(() => {
    const out = groupBackward(ops, {
      x: result.mixed,
      gradient: branchGradient(ops, gradient, saved.post, weights.postAttentionNorm),
      frozen: weights.linears.attentionOut,
      adapter: adapters?.attentionOut,
      down: outDown,
      dropout: context.dropout?.(layer, "attentionOut"),
    });
    if (last && !adapters?.attentionIn) return { ...(out.adapter && { adapterOut: out.adapter }) };
    const into = groupBackward(ops, {
      x: normAgain(ops, x, inverse, weights.attentionNorm),
      gradient: ops.attentionGradient({ ...attentionInput(projected, options), ...result, gradient: out.input! }),
      frozen: weights.linears.attentionIn,
      adapter: adapters?.attentionIn,
      down,
      dropout: context.dropout?.(layer, "attentionIn"),
      ...(last && { last }),
    });
    const input =
      into.input && normBackward(ops, { x, inverse, norm: weights.attentionNorm, gradient: into.input, residual: gradient }); // [n, hidden]
    return {
      ...(input && { input }),
      ...(into.adapter && { adapterIn: into.adapter }),
      ...(out.adapter && { adapterOut: out.adapter }),
    };
  });
}
