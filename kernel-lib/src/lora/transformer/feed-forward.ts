// The feed-forward sublayer: y = x + post(down(act(gate(x̂)) ∘ up(x̂))) (Shazeer 2020), or down(act(up(x̂))) where there is no gate.
import type { Handle, Ops } from "../backends/ops.js";
import { branchGradient, joinResidual, type SavedPostNorm, type SublayerGradient, type SublayerOptions } from "./attention.js";
import { groupBackward, groupForward } from "./linear-group.js";
import { normAgain, normBackward, normForward } from "./normalisation.js";

export interface SavedFeedForward {
  x: Handle; // [n, hidden] float32
  inverse: Handle; // [n, 1]
  down?: Handle;
  projected: Handle; // [n, 2·feedForward] T, without a gate [n, feedForward]
  outDown?: Handle;
  post?: SavedPostNorm;
}

/** x [n, hidden] float32 to y of the same kind, and what the backward pass needs. */
export function feedForwardForward(ops: Ops, x: Handle, options: SublayerOptions): { output: Handle; saved: SavedFeedForward } {
  const { architecture, context, layer, weights, adapters } = options;
  const { activation, gated, normEpsilon } = architecture;
  return ops.scope(() => {
    const { output: input, inverse } = normForward(ops, x, weights.feedForwardNorm, normEpsilon);
    const into = groupForward(ops, {
      x: input,
      frozen: weights.linears.feedForwardIn,
      adapter: adapters?.feedForwardIn,
      dropout: context.dropout?.(layer, "feedForwardIn"),
    });
    const out = groupForward(ops, {
      x: ops.gate(into.output, activation, gated),
      frozen: weights.linears.feedForwardOut,
      adapter: adapters?.feedForwardOut,
      dropout: context.dropout?.(layer, "feedForwardOut"),
    });
    const { output, post } = joinResidual(ops, x, out.output, weights.postFeedForwardNorm, normEpsilon);
    return {
      output,
      saved: {
        ...{ x, inverse, projected: into.output },
        ...(into.down && { down: into.down }),
        ...(out.down && { outDown: out.down }),
        ...(post && { post }),
      },
    };
  });
}

/** dx and the adapters' gradients from dy [n, hidden] float32. */
export function feedForwardBackward(
  ops: Ops,
  saved: SavedFeedForward,
  gradient: Handle,
  options: SublayerOptions,
): SublayerGradient {
  const { architecture, context, layer, weights, adapters } = options;
  const { activation, gated } = architecture;
  const { x, inverse, projected, down, outDown } = saved;
  return ops.scope(() => {
    const out = groupBackward(ops, {
      x: ops.gate(projected, activation, gated),
      gradient: branchGradient(ops, gradient, saved.post, weights.postFeedForwardNorm),
      frozen: weights.linears.feedForwardOut,
      adapter: adapters?.feedForwardOut,
      down: outDown,
      dropout: context.dropout?.(layer, "feedForwardOut"),
    });
    const into = groupBackward(ops, {
      x: normAgain(ops, x, inverse, weights.feedForwardNorm),
      gradient: ops.gateGradient(projected, out.input!, activation, gated),
      frozen: weights.linears.feedForwardIn,
      adapter: adapters?.feedForwardIn,
      down,
      dropout: context.dropout?.(layer, "feedForwardIn"),
    });
    const through = { x, inverse, norm: weights.feedForwardNorm, gradient: into.input!, residual: gradient };
    return {
      input: normBackward(ops, through), // [n, hidden]
      ...(into.adapter && { adapterIn: into.adapter }),
      ...(out.adapter && { adapterOut: out.adapter }),
    };
  });
}
