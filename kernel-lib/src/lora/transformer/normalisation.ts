// The norm before a sublayer: RMSNorm (Zhang & Sennrich 2019) without a bias, LayerNorm (Ba et al. 2016) with one.
import type { Handle, Ops } from "../backends/ops.js";

export interface Norm {
  readonly weight: Handle; // [width] float32
  readonly bias?: Handle; // [width] float32
}

export interface NormResult {
  output: Handle; // [n, width] T
  /** 1 / rms(x), or 1 / σ(x): what the gradient needs besides x. */
  inverse: Handle; // [n, 1] float32
}

const centred = (ops: Ops, x: Handle): Handle => ops.subtract(x, ops.meanLast(x)); // [n, width]

/** x [n, width] float32. */
export function normForward(ops: Ops, x: Handle, norm: Norm, epsilon: number): NormResult {
  const { weight, bias } = norm;
  return ops.scope(() => {
    const of = bias ? centred(ops, x) : x; // [n, width]
    const { output, inverseRms } = ops.rmsNorm({ x: of, weight, epsilon });
    return { output: bias ? ops.toProduct(ops.add(ops.toFloat(output), bias)) : output, inverse: inverseRms };
  });
}

/** The output again. */
export function normAgain(ops: Ops, x: Handle, inverse: Handle, { weight, bias }: Norm): Handle {
  return ops.scope(() => {
    const output = ops.rmsNormAgain({ x: bias ? centred(ops, x) : x, inverseRms: inverse, weight }); // [n, width]
    return bias ? ops.toProduct(ops.add(ops.toFloat(output), bias)) : output;
  });
}

export interface NormBackward {
  x: Handle; // [n, width] float32
  inverse: Handle; // [n, 1]
  norm: Norm;
  gradient: Handle; // [n, width] T or float32
  residual?: Handle; // [n, width] float32
}

/** dx, plus what goes round the norm: [n, width] float32. Centring passes a gradient on less its mean. */
export function normBackward(ops: Ops, { x, inverse, norm, gradient, residual }: NormBackward): Handle {
  const { weight, bias } = norm;
  const input = { inverseRms: inverse, weight, gradient };
  if (!bias) return ops.rmsNormGradient({ x, ...input, ...(residual && { residual }) });
  return ops.scope(() => {
    const through = centred(ops, ops.rmsNormGradient({ x: centred(ops, x), ...input })); // [n, width]
    return residual ? ops.add(residual, through) : through;
  });
}
