// AdamW (Loshchilov & Hutter 2019) in PyTorch's form, over one flat vector in the process's memory. The fused kernels hold a version of
// it that gives the same bits.

export interface AdamWState {
  /** Exponential averages of the gradient and of its square. */
  firstMoment: Float32Array;
  secondMoment: Float32Array;
}

export interface AdamWUpdate extends AdamWState {
  /** Changed in place, as are the moments. */
  parameters: Float32Array;
  gradient: Float32Array;
  learningRate: number;
  weightDecay: number;
  /** The update's number, from 1: the averages are corrected by it. */
  step: number;
  /** Multiplies the gradient first (clipping), rounding to float32; default 1. */
  gradientFactor?: number;
}

/** PyTorch's defaults. */
export const adamW = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

export const initialAdamWState = (length: number): AdamWState => ({
  firstMoment: new Float32Array(length),
  secondMoment: new Float32Array(length),
});

/** p ← p·(1 − lr·λ) − lr · m̂ / (√v̂ + ε). */
export function adamWStep(update: AdamWUpdate): void {
  const { parameters, gradient, firstMoment, secondMoment, learningRate, weightDecay, step, gradientFactor = 1 } = update;
  const { beta1, beta2, epsilon } = adamW;
  const decay = 1 - learningRate * weightDecay;
  const stepSize = learningRate / (1 - beta1 ** step);
  const correction = Math.sqrt(1 - beta2 ** step);
  for (let i = 0; i < parameters.length; i++) {
    const g = Math.fround(gradient[i]! * gradientFactor);
    const m = beta1 * firstMoment[i]! + (1 - beta1) * g;
    const v = beta2 * secondMoment[i]! + (1 - beta2) * g * g;
    firstMoment[i] = m;
    secondMoment[i] = v;
    parameters[i] = parameters[i]! * decay - (stepSize * m) / (Math.sqrt(v) / correction + epsilon);
  }
}

/** √Σx². */
export function vectorNorm(values: Float32Array): number {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += values[i]! * values[i]!;
  return Math.sqrt(squares);
}

/** What brings a gradient of this norm down to `limit`, as PyTorch's clip_grad_norm_; 1 where it is below. */
export const clipFactor = (norm: number, limit: number): number => Math.min(1, limit / (norm + 1e-6));
