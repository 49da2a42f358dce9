// Rotary position embedding (Su et al. 2021) in half-split order, and the row order in which llama.cpp keeps Llama's q and k.

import type { RotaryTables } from "../backends/kernels.js";
import type { Ops } from "../backends/ops.js";
import type { Rotation } from "./architecture.js";

interface TableOptions extends Rotation {
  positions: number;
  headSize: number;
  /** Llama 3's per-frequency divisors (`rope_freqs.weight`), [headSize / 2]. */
  frequencyDivisors?: Float32Array | undefined;
}

/** Makes the tables of positions 0 … positions − 1. The caller owns them. */
export function rotationTable(
  ops: Ops,
  { positions, headSize, base, divisor, frequencyDivisors }: TableOptions,
): Omit<RotaryTables, "positions"> {
  const half = headSize / 2;
  const cos = new Float32Array(positions * headSize);
  const sin = new Float32Array(positions * headSize);
  for (let position = 0; position < positions; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position / divisor / base ** (i / half) / (frequencyDivisors?.[i] ?? 1);
      const at = position * headSize + i;
      cos[at] = cos[at + half] = Math.cos(angle);
      sin[at + half] = Math.sin(angle);
      sin[at] = -sin[at + half]!;
    }
  }
  const shape = [positions, headSize];
  return { cos: ops.fromFloats(cos, shape), sin: ops.fromFloats(sin, shape) }; // [positions, headSize]
}

/**
 * Where each half-split row of a q or k matrix lies in llama.cpp's interleaved order: within a head, row i of the first half goes to
 * 2i, row i of the second half to 2i + 1.
 */
function interleavedRow(row: number, headSize: number): number {
  const within = row % headSize;
  const half = headSize / 2;
  return row - within + (within < half ? 2 * within : 2 * (within - half) + 1);
}

/** Rows of [out, width] from llama.cpp's interleaved order into half-split order. */
export function deinterleaveRows<T extends Float32Array | Uint8Array>(values: T, headSize: number, width: number): T {
  const result = values.slice() as T;
  for (let row = 0; row < values.length / width; row++) {
    const from = interleavedRow(row, headSize) * width;
    result.set(values.subarray(from, from + width), row * width);
  }
  return result;
}

/** The inverse of {@link deinterleaveRows}. */
export function interleaveRows<T extends Float32Array | Uint8Array>(values: T, headSize: number, width: number): T {
  const result = values.slice() as T;
  for (let row = 0; row < values.length / width; row++)
    result.set(values.subarray(row * width, (row + 1) * width), interleavedRow(row, headSize) * width);
  return result;
}
