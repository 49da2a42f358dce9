// Rotary position embedding (Su et al. 2021) in half-split order, and the row order in which llama.cpp keeps Llama's q and k.

import type { Handle, Ops } from "../backends/ops.js";
import type { Rotation } from "./architecture.js";

/** cos and sin tables [tokens, headSize]; the sine of the first half is negative, so x·cos + swapHalves(x)·sin rotates. */
export interface RotationTable {
  cos: Handle; // [tokens, headSize]
  sin: Handle; // [tokens, headSize]
  /** −sin: the inverse rotation, which is what a gradient goes through. */
  inverseSin: Handle; // [tokens, headSize]
}

interface TableOptions extends Rotation {
  tokens: number;
  headSize: number;
  /** Multiplies both tables; the attention scale rides on the query's. */
  factor: number;
  /** Llama 3's per-frequency divisors (`rope_freqs.weight`), [headSize / 2]. */
  frequencyDivisors?: Float32Array;
}

/** Makes the tables of positions 0 … tokens − 1. The caller owns them. */
export function rotationTable(
  ops: Ops,
  { tokens, headSize, base, divisor, factor, frequencyDivisors }: TableOptions,
): RotationTable {
  const half = headSize / 2;
  const cos = new Float32Array(tokens * headSize);
  const sin = new Float32Array(tokens * headSize);
  for (let position = 0; position < tokens; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position / divisor / base ** (i / half) / (frequencyDivisors?.[i] ?? 1);
      const at = position * headSize + i;
      cos[at] = cos[at + half] = Math.cos(angle) * factor;
      sin[at + half] = Math.sin(angle) * factor;
      sin[at] = -sin[at + half]!;
    }
  }
  const shape = [tokens, headSize];
  const inverse = sin.map((value) => -value);
  return { cos: ops.fromFloats(cos, shape), sin: ops.fromFloats(sin, shape), inverseSin: ops.fromFloats(inverse, shape) };
}

/** Rotates x [..., tokens, headSize]. */
export const rotate = (ops: Ops, x: Handle, { cos, sin }: RotationTable): Handle =>
  ops.scope(() => ops.add(ops.multiply(x, cos), ops.multiply(ops.swapHalves(x), sin)));

/** The gradient of {@link rotate} with respect to x. */
export const rotateBack = (ops: Ops, gradient: Handle, { cos, inverseSin }: RotationTable): Handle =>
  rotate(ops, gradient, { cos, sin: inverseSin, inverseSin });

/**
 * Where each half-split row of a q or k matrix lies in llama.cpp's interleaved order: within a head, row i of the first half goes to
 * 2i, row i of the second half to 2i + 1.
 */
function interleavedRow(row: number, headSize: number): number {
  const within = row % headSize;
  const half = headSize / 2;
  return row - within + (within < half ? 2 * within : 2 * (within - half) + 1);
}

/** Rows of [out, in] from llama.cpp's interleaved order into half-split order. */
export function deinterleaveRows(values: Float32Array, headSize: number, width: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < values.length / width; row++) {
    const from = interleavedRow(row, headSize) * width;
    result.set(values.subarray(from, from + width), row * width);
  }
  return result;
}

/** The inverse of {@link deinterleaveRows}. */
export function interleaveRows(values: Float32Array, headSize: number, width: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < values.length / width; row++)
    result.set(values.subarray(row * width, (row + 1) * width), interleavedRow(row, headSize) * width);
  return result;
}
