// A base model with an adapter added to its matrices, W' = W + s·B·A (Hu et al. 2021, §4.1), made a matrix at a time as it is read.
import type { WeightSource } from "../transformer/weight-source.js";
import type { AdaptedLinear, Adapter } from "./adapter.js";
import { weightUpdate } from "./adapter-matrices.js";

/** Adds one array to another of its length, in place. Zeros change nothing, not even the sign of a zero. */
export function addInPlace(values: Float32Array, update: Float32Array): Float32Array {
  for (let i = 0; i < values.length; i++) if (update[i] !== 0) values[i]! += update[i]!;
  return values;
}

/** By the name of its matrix. */
export const linearsByTensor = ({ linears }: Adapter): Map<string, AdaptedLinear> =>
  new Map(linears.map((linear) => [linear.tensor, linear]));

/** The merged model, float32 where it is adapted; closing it closes the base. */
export function mergedSource(base: WeightSource, adapter: Adapter): WeightSource {
  const linears = linearsByTensor(adapter);
  return {
    path: base.path,
    architecture: base.architecture,
    has: base.has,
    shape: base.shape,
    read(name) {
      const linear = linears.get(name);
      return linear ? addInPlace(base.read(name), weightUpdate(adapter, linear)) : base.read(name);
    },
    stored: (name) => (linears.has(name) ? undefined : base.stored(name)),
    close: base.close,
  };
}
