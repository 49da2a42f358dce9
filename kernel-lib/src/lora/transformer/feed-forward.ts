// The gated feed-forward sublayer (Shazeer 2020): y = x + post(down(act(gate(x̂)) ∘ up(x̂))), act = SiLU (Llama) or tanh-GELU (Gemma).

import type { Handle, Ops } from "../backends/ops.js";
import type { Architecture } from "./architecture.js";
import { postNormBackward, type SublayerGradient, type SublayerOptions } from "./attention.js";
import { linearsBackward, linearsForward } from "./lora-linear.js";
import { rmsNorm, rmsNormBackward } from "./rms-norm.js";

export interface SavedFeedForward {
  x: Handle; // [n, hidden] float32
  inverseRms: Handle; // [n, 1]
  input: Handle; // [n, hidden]
  down?: Handle;
  gate: Handle; // [n, feedForward]
  up: Handle; // [n, feedForward]
  gated: Handle; // [n, feedForward]
  gatedDown?: Handle;
  beforePostNorm?: Handle; // [n, hidden]
  postInverseRms?: Handle; // [n, 1]
}

const gelu = { linear: 2 * Math.sqrt(2 / Math.PI), cubic: 2 * Math.sqrt(2 / Math.PI) * 0.044715 }; // Hendrycks & Gimpel 2016

/** σ(z) with act(g) = g·σ(z): z = g for SiLU; for tanh-GELU z = 2√(2/π)·(g + 0.044715 g³), as ½(1 + tanh t) = σ(2t). */
function gateOf(ops: Ops, gate: Handle, activation: Architecture["activation"]): Handle {
  if (activation === "silu") return ops.sigmoid(gate);
  return ops.sigmoid(ops.multiply(gate, ops.shift(ops.scale(ops.square(gate), gelu.cubic), gelu.linear)));
}

/** g·dz/dg, which act'(g) = σ·(1 + g·z'·(1 − σ)) needs. */
function gateSlope(ops: Ops, gate: Handle, activation: Architecture["activation"]): Handle {
  if (activation === "silu") return gate;
  return ops.multiply(gate, ops.shift(ops.scale(ops.square(gate), 3 * gelu.cubic), gelu.linear));
}

/** x [n, hidden] float32 to y of the same kind, and what the backward pass needs. */
export function feedForwardForward(ops: Ops, x: Handle, options: SublayerOptions): { output: Handle; saved: SavedFeedForward } {
  const { architecture, weights, adapterIn, adapterOut } = options;
  return ops.scope(() => {
    const { output: normed, inverseRms } = rmsNorm(ops, x, weights.feedForwardNorm, architecture.normEpsilon);
    const input = ops.toProduct(normed); // [n, hidden]
    const { outputs, down } = linearsForward(ops, input, weights.linears.feedForwardIn, adapterIn);
    const [gate, up] = outputs as [Handle, Handle]; // [n, feedForward]
    const gateFloat = ops.toFloat(gate);
    const activated = ops.multiply(gateFloat, gateOf(ops, gateFloat, architecture.activation)); // [n, feedForward]
    const gated = ops.toProduct(ops.multiply(activated, ops.toFloat(up))); // [n, feedForward]
    const out = linearsForward(ops, gated, weights.linears.feedForwardOut, adapterOut);
    const branch = ops.toFloat(out.outputs[0]!); // [n, hidden]
    const post = weights.postFeedForwardNorm && rmsNorm(ops, branch, weights.postFeedForwardNorm, architecture.normEpsilon);
    return {
      output: ops.add(x, post?.output ?? branch),
      saved: {
        ...{ x, inverseRms, input, gate, up, gated },
        ...(down && { down }),
        ...(out.down && { gatedDown: out.down }),
        ...(post && { beforePostNorm: out.outputs[0]!, postInverseRms: post.inverseRms }),
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
  const { architecture, weights, adapterIn, adapterOut } = options;
  return ops.scope(() => {
    const branch = postNormBackward(ops, saved, weights.postFeedForwardNorm, gradient); // [n, hidden]
    const out = linearsBackward(ops, {
      x: saved.gated,
      gradients: [ops.toProduct(branch)],
      frozen: weights.linears.feedForwardOut,
      adapter: adapterOut,
      ...(saved.gatedDown && { down: saved.gatedDown }),
    });
    const [upGradient, gateGradient] = ops.scope(() => {
      const gate = ops.toFloat(saved.gate); // [n, feedForward]
      const sigma = gateOf(ops, gate, architecture.activation); // [n, feedForward]
      const slope = gateSlope(ops, gate, architecture.activation); // [n, feedForward]
      const activated = ops.multiply(gate, sigma); // [n, feedForward]
      const shrunk = slope === gate ? activated : ops.multiply(slope, sigma); // g·z'·σ
      const rest = ops.shift(ops.subtract(slope, shrunk), 1); // 1 + g·z'·(1 − σ)
      const weighted = ops.multiply(ops.multiply(out.input, sigma), ops.toFloat(saved.up)); // dy·up·σ
      return [
        ops.toProduct(ops.multiply(out.input, activated)), // [n, feedForward]
        ops.toProduct(ops.multiply(weighted, rest)), // [n, feedForward]
      ] as const;
    });
    const projections = linearsBackward(ops, {
      x: saved.input,
      gradients: [gateGradient, upGradient],
      frozen: weights.linears.feedForwardIn,
      adapter: adapterIn,
      ...(saved.down && { down: saved.down }),
    });
    const { x, inverseRms } = saved;
    const through = rmsNormBackward(ops, { x, inverseRms, weight: weights.feedForwardNorm, gradient: projections.input });
    return {
      input: ops.add(gradient, through),
      ...(projections.adapter && { adapterIn: projections.adapter }),
      ...(out.adapter && { adapterOut: out.adapter }),
    };
  });
}
