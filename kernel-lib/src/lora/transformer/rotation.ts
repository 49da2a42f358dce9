// Rotary position embedding (Su et al. 2021) in half-split order, and the row order in which llama.cpp keeps Llama's q and k.
import type { RopeConfig } from "../../models/index.js";
import type { RotaryTables } from "../backends/kernels.js";
import type { Ops } from "../backends/ops.js";
import { rotationOfHeads } from "./rotary-frequencies.js";

interface TableOptions {
  positions: number;
  headSize: number;
  rope: RopeConfig;
}

/** Makes the tables of positions 0 … positions − 1. The caller owns them. */
export function rotationTable(ops: Ops, { positions, headSize, rope }: TableOptions): Omit<RotaryTables, "positions"> {
  const { frequencies, magnitude } = rotationOfHeads(rope, headSize);
  const half = headSize / 2;
  const cos = new Float32Array(positions * headSize);
  const sin = new Float32Array(positions * headSize);
  for (let position = 0; position < positions; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position * frequencies[i]!;
      const at = position * headSize + i;
      cos[at] = cos[at + half] = magnitude * Math.cos(angle);
      sin[at + half] = magnitude * Math.sin(angle);
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
