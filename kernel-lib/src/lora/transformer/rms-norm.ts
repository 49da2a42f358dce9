// Root-mean-square normalisation (Zhang & Sennrich 2019): y = x / rms(x) · w, over the last axis, and its gradient for frozen w.
import type { Handle, Ops } from "../backends/ops.js";

export interface NormResult {
  output: Handle; // like x, float32
  /** 1 / rms(x), what the backward pass needs besides x. */
  inverseRms: Handle; // [..., 1]
}

/** x [..., n] float32, weight [n]. */
export function rmsNorm(ops: Ops, x: Handle, weight: Handle, epsilon: number): NormResult {
  return ops.scope(() => {
    const inverseRms = ops.rsqrt(ops.shift(ops.meanLast(ops.square(x)), epsilon)); // [..., 1]
    return { output: ops.multiply(ops.multiply(x, inverseRms), weight), inverseRms };
  });
}

/** dx for y = x̂·w with x̂ = x·ρ, ρ = 1/rms(x): dx = ρ · (dy·w − x̂ · mean(dy·w·x̂)). */
export function rmsNormBackward(ops: Ops, { x, inverseRms, weight, gradient }: NormBackward): Handle {
  return ops.scope(() => {
    const normed = ops.multiply(x, inverseRms); // [..., n]
    const weighted = ops.multiply(gradient, weight); // [..., n]
    const along = ops.meanLast(ops.multiply(weighted, normed)); // [..., 1]
    return ops.multiply(ops.subtract(weighted, ops.multiply(normed, along)), inverseRms); // [..., n]
  });
}

interface NormBackward {
  x: Handle;
  inverseRms: Handle;
  weight: Handle;
  /** dy, float32. */
  gradient: Handle;
}
