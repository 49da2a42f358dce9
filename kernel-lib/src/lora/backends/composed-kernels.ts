// The kernels written in primitives: what every backend can compute, and the reference that the fused ones are tested against.
import { adamWStep, vectorNorm } from "./adamw.js";
import { composedAttention } from "./composed-attention.js";
import { composedUnpacking } from "./composed-unpacking.js";
import type { Activation, Kernels, Unpacking } from "./kernels.js";
import type { Handle, Primitives } from "./ops.js";

const gelu = { linear: 2 * Math.sqrt(2 / Math.PI), cubic: 2 * Math.sqrt(2 / Math.PI) * 0.044715 }; // Hendrycks & Gimpel 2016

/** σ(z) with act(g) = g·σ(z): z = g for SiLU; for tanh-GELU z = 2√(2/π)·(g + 0.044715 g³), as ½(1 + tanh t) = σ(2t). */
function gateOf(ops: Primitives, gate: Handle, activation: Activation): Handle {
  if (activation === "silu") return ops.sigmoid(gate);
  return ops.sigmoid(ops.multiply(gate, ops.shift(ops.scale(ops.square(gate), gelu.cubic), gelu.linear)));
}

/** g·dz/dg, which act'(g) = σ·(1 + g·z'·(1 − σ)) needs. */
function gateSlope(ops: Primitives, gate: Handle, activation: Activation): Handle {
  if (activation === "silu") return gate;
  return ops.multiply(gate, ops.shift(ops.scale(ops.square(gate), 3 * gelu.cubic), gelu.linear));
}

/** The columns from `from` on, as float32. */
function floatColumns(ops: Primitives, x: Handle, from: number, width: number): Handle {
  const all = x.shape[1] === width;
  return ops.toFloat(all ? x : ops.slice(x, [0, from], [x.shape[0]!, width])); // [n, width]
}

export function composedKernels(ops: Primitives): Kernels & Unpacking {
  return {
    rmsNorm: ({ x, weight, epsilon }) =>
      ops.scope(() => {
        const inverseRms = ops.rsqrt(ops.shift(ops.meanLast(ops.square(x)), epsilon)); // [n, 1]
        return { output: ops.toProduct(ops.multiply(ops.multiply(x, inverseRms), weight)), inverseRms };
      }),
    rmsNormAgain: ({ x, inverseRms, weight }) =>
      ops.scope(() => ops.toProduct(ops.multiply(ops.multiply(x, inverseRms), weight))), // [n, width]
    /** With x̂ = x·ρ, ρ = 1/rms(x): dx = ρ · (dy·w − x̂ · mean(dy·w·x̂)). */
    rmsNormGradient: ({ x, inverseRms, weight, gradient, residual }) =>
      ops.scope(() => {
        const normed = ops.multiply(x, inverseRms); // [n, width]
        const weighted = ops.multiply(ops.toFloat(gradient), weight); // [n, width]
        const along = ops.meanLast(ops.multiply(weighted, normed)); // [n, 1]
        const through = ops.multiply(ops.subtract(weighted, ops.multiply(normed, along)), inverseRms); // [n, width]
        return residual ? ops.add(residual, through) : through;
      }),
    residualAdd: (x, y) => ops.scope(() => ops.add(x, ops.toFloat(y))),
    adaptedMatMul: ({ a, b, transposeB = false, u, f }) =>
      ops.scope(() => ops.add(ops.matMul(a, b, { transposeB }), ops.matMul(u, f))),
    lowRankGradient: (a, b) => ops.scope(() => ops.toFloat(ops.matMul(a, b, { transposeA: true }))),
    gate: (projected, activation, gated) =>
      ops.scope(() => {
        const width = projected.shape[1]! / (gated ? 2 : 1);
        const gate = floatColumns(ops, projected, 0, width);
        const activated = ops.multiply(gate, gateOf(ops, gate, activation)); // [n, width]
        return ops.toProduct(gated ? ops.multiply(activated, floatColumns(ops, projected, width, width)) : activated);
      }),
    gateGradient: (projected, gradient, activation, gated) =>
      ops.scope(() => {
        const width = projected.shape[1]! / (gated ? 2 : 1);
        const gate = floatColumns(ops, projected, 0, width);
        const dy = ops.toFloat(gradient); // [n, width]
        const sigma = gateOf(ops, gate, activation); // [n, width]
        const slope = gateSlope(ops, gate, activation); // [n, width]
        const activated = ops.multiply(gate, sigma); // [n, width]
        const shrunk = slope === gate ? activated : ops.multiply(slope, sigma); // g·z'·σ
        const rest = ops.shift(ops.subtract(slope, shrunk), 1); // 1 + g·z'·(1 − σ)
        if (!gated) return ops.toProduct(ops.multiply(ops.multiply(dy, sigma), rest)); // [n, width]
        const weighted = ops.multiply(ops.multiply(dy, sigma), floatColumns(ops, projected, width, width)); // dy·up·σ
        return ops.concat([ops.toProduct(ops.multiply(weighted, rest)), ops.toProduct(ops.multiply(dy, activated))], 1);
      }),
    ...composedAttention(ops),
    adamWStep,
    vectorNorm,
    crossEntropy: (logits, labels, scale) =>
      ops.scope(() => {
        const chosen = ops.oneHot(labels, logits.shape[1]!); // [m, vocabulary]
        const shifted = ops.scope(() => {
          const full = ops.toFloat(logits);
          return ops.subtract(full, ops.maxLast(full));
        }); // [m, vocabulary]
        const exponentials = ops.exp(shifted); // [m, vocabulary]
        const sums = ops.sumLast(exponentials); // [m, 1]
        const own = ops.sumLast(ops.multiply(chosen, shifted)); // [m, 1]
        const probabilities = ops.multiply(exponentials, ops.square(ops.rsqrt(sums))); // [m, vocabulary]
        return {
          losses: ops.reshape(ops.subtract(ops.log(sums), own), [logits.shape[0]!]), // [m]
          gradient: ops.toProduct(ops.scale(ops.subtract(probabilities, chosen), scale)), // [m, vocabulary]
        };
      }),
    ...composedUnpacking(ops),
  };
}
