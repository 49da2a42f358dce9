// Where the weights of a base model come from, whatever file they lie in: llama.cpp's names, one order of rows, float32 on request.
import type { QuantisedMatrix } from "../backends/kernels.js";
import type { Architecture } from "./architecture.js";

export interface WeightSource {
  readonly path: string;
  readonly architecture: Architecture;
  has(name: string): boolean;
  /** Throws InputError for an unknown name. */
  shape(name: string): readonly number[];
  /** float32 values, a new array: matrices [out, in] with q and k rows in half-split order, norm weights ready to multiply. */
  read(name: string): Float32Array;
  /** The matrix as it is stored, rows in the same order; undefined where it is stored in plain floats. */
  stored(name: string): QuantisedMatrix | undefined;
  close(): void;
}
