// A and B of one map in the shapes that adapter files hold: A [rank, in], B [out, rank]; and the update they stand for.
import type { AdaptedLinear, Adapter } from "./adapter.js";

export interface AdapterMatrices {
  a: Float32Array; // [rank, in]
  b: Float32Array; // [out, rank]
}

/** New arrays. */
export function readMatrices({ parameters }: Adapter, linear: AdaptedLinear): AdapterMatrices {
  const { rank, in: width, out, offsetA, offsetB } = linear;
  const b = new Float32Array(out * rank);
  for (let r = 0; r < rank; r++) for (let i = 0; i < out; i++) b[i * rank + r] = parameters[offsetB + r * out + i]!;
  return { a: parameters.slice(offsetA, offsetA + rank * width), b };
}

/** Writes them into the adapter's parameters. */
export function writeMatrices({ parameters }: Adapter, linear: AdaptedLinear, { a, b }: AdapterMatrices): void {
  const { rank, out, offsetA, offsetB } = linear;
  parameters.set(a, offsetA);
  for (let r = 0; r < rank; r++) for (let i = 0; i < out; i++) parameters[offsetB + r * out + i] = b[i * rank + r]!;
}

/** s·B·A, what the adapter adds to the map's matrix: a new array [out, in], summed in double precision. */
export function weightUpdate({ parameters }: Adapter, linear: AdaptedLinear): Float32Array {
  const { rank, scale, in: width, out, offsetA, offsetB } = linear;
  const update = new Float32Array(out * width);
  const row = new Float64Array(width);
  for (let i = 0; i < out; i++) {
    row.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = scale * parameters[offsetB + r * out + i]!;
      const from = offsetA + r * width;
      for (let j = 0; j < width; j++) row[j]! += factor * parameters[from + j]!;
    }
    update.set(row, i * width);
  }
  return update;
}
