// The op layer: the handful of tensor operations the transformer is written in. Two implementations stand behind the primitive ones,
// the public tfjs ops (any backend, float32) and raw TensorFlow ops (float32 or bfloat16 products). The kernels, the hot operations of
// a transformer, are composed of primitives everywhere and fused where a backend can.
import type { Kernels, Unpacking } from "./kernels.js";

/**
 * What matrix products are computed in. "bfloat16x3": float32 factors, each split in two bfloat16 parts, three products of parts summed
 * (about 16 of 24 bits count). Norms, softmax, residuals, losses and the optimiser are float32 in all of them.
 */
export const precisions = ["float32", "bfloat16x3", "bfloat16"] as const;
export type Precision = (typeof precisions)[number];

/** A tensor of an op layer: opaque to the model; it lives until its scope ends or it is disposed of. */
export interface Handle {
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** What a scope may hand out: handles, alone or inside plain objects and arrays. */
export type Kept = Handle | undefined | number | readonly Kept[] | { readonly [key: string]: Kept };

export interface MatMulOptions {
  transposeA?: boolean;
  transposeB?: boolean;
}

/**
 * Every operation returns a new handle owned by the innermost scope, except `toProduct`, `toFloat` and `reshape`, which may return
 * their argument. Elementwise operations broadcast and want equal types.
 */
export interface Primitives {
  readonly precision: Precision;
  /** May share the values' memory: they must not change while the handle lives, and change where a kernel overwrites it. */
  fromFloats(values: Float32Array, shape: readonly number[]): Handle;
  fromIntegers(values: Int32Array, shape: readonly number[]): Handle;
  /** Downloads a copy, as float32; the caller's own. */
  read(x: Handle): Promise<Float32Array>;
  /** Runs `body` and frees every handle made in it that is not part of what it returns. */
  scope<T>(body: () => T): T;
  /** Frees the handles found in a value; freed twice is freed once. */
  dispose(value: unknown): void;
  /** Handles alive now, for leak tests. */
  liveTensors(): number;
  /** In the type matrix products take. */
  toProduct(x: Handle): Handle;
  toFloat(x: Handle): Handle;
  /** Of the last two axes; leading axes are batches. */
  matMul(a: Handle, b: Handle, options?: MatMulOptions): Handle;
  add(a: Handle, b: Handle): Handle;
  addAll(parts: readonly Handle[]): Handle;
  subtract(a: Handle, b: Handle): Handle;
  multiply(a: Handle, b: Handle): Handle;
  scale(x: Handle, factor: number): Handle;
  /** x + constant, elementwise. */
  shift(x: Handle, constant: number): Handle;
  square(x: Handle): Handle;
  rsqrt(x: Handle): Handle;
  sigmoid(x: Handle): Handle;
  /** Over the last axis. */
  softmax(x: Handle): Handle;
  /** Over the last axis, which stays with length 1. */
  meanLast(x: Handle): Handle;
  sumLast(x: Handle): Handle;
  reshape(x: Handle, shape: readonly number[]): Handle;
  transpose(x: Handle, permutation: readonly number[]): Handle;
  slice(x: Handle, begin: readonly number[], size: readonly number[]): Handle;
  concat(parts: readonly Handle[], axis: number): Handle;
  /** Exchanges the two halves of the last axis. */
  swapHalves(x: Handle): Handle;
  /** Rows of a matrix by number. */
  gatherRows(table: Handle, indices: Handle): Handle;
  /** Class numbers [n] as rows [n, classes] of one 1 and zeros, float32. */
  oneHot(labels: Handle, classes: number): Handle;
  log(x: Handle): Handle;
  exp(x: Handle): Handle;
  /** The largest of the last axis, which stays with length 1. */
  maxLast(x: Handle): Handle;
}

/** Primitives and kernels of one backend in one precision: all that the transformer sees of it. */
export interface Ops extends Primitives, Kernels, Unpacking {}
