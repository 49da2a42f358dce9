// A stopwatch between the op layer and TensorFlow: which operation took how long, on which shapes. Native operations are synchronous, so
// wall time around the binding's calls is their time; what is left of a step is JavaScript.
import { clock } from "../../runtime/index.js";
import { type NativeBinding, type RawAttribute, TF_BFLOAT16 } from "./native-binding.js";
import type { Precision } from "./ops.js";

/** A matrix product: [batch ×] [rows, inner] · [inner, columns], with the factors as they were given. */
export interface ProductShape {
  batch: number;
  rows: number;
  inner: number;
  columns: number;
  transposeA: boolean;
  transposeB: boolean;
  precision: Precision;
}

export interface OperationTime {
  /** TensorFlow's name of the operation; "upload", "download" and "free" for what is none. */
  name: string;
  /** Of matrix products. */
  product?: ProductShape;
  calls: number;
  seconds: number;
}

function productShape(
  binding: NativeBinding,
  attributes: readonly RawAttribute[],
  [a, b]: readonly (readonly number[] | undefined)[],
): ProductShape | undefined {
  const value = (...names: string[]): number | boolean | undefined =>
    attributes.find((attribute) => names.includes(attribute.name))?.value;
  if (!a || !b) return undefined;
  const transposeA = value("transpose_a", "adj_x") === true;
  const transposeB = value("transpose_b", "adj_y") === true;
  const [rows, inner] = transposeA ? [a.at(-1)!, a.at(-2)!] : [a.at(-2)!, a.at(-1)!];
  const columns = transposeB ? b.at(-2)! : b.at(-1)!;
  const batch = a.slice(0, -2).reduce((product, size) => product * size, 1);
  const precision = value("T") === TF_BFLOAT16 ? "bfloat16" : value("T") === binding.TF_FLOAT ? "float32" : undefined;
  return precision && { batch, rows, inner, columns, transposeA, transposeB, precision };
}

const isProduct = (name: string): boolean =>
  name === "MatMul" || name.startsWith("BatchMatMul") || name.startsWith("SelfspecMatMul");

export interface OperationStopwatch {
  /** The binding to hand to an op layer: it takes the time of every call. */
  readonly binding: NativeBinding;
  /** Forgets the times so far. */
  restart(): void;
  /** The sums since then, longest first. */
  times(): OperationTime[];
}

/** Puts a stopwatch before a binding. It has to see tensors being made to know their shapes: load the model through it. */
export function timeOperations(binding: NativeBinding): OperationStopwatch {
  const shapes = new Map<number, readonly number[]>();
  const sums = new Map<string, OperationTime>();
  const timed = <T>(name: string, work: () => T, product?: ProductShape): T => {
    const began = clock.elapsed();
    const result = work();
    const seconds = (clock.elapsed() - began) / 1000;
    const key = product ? JSON.stringify([name, product]) : name;
    const sum = sums.get(key) ?? { name, ...(product && { product }), calls: 0, seconds: 0 };
    sums.set(key, { ...sum, calls: sum.calls + 1, seconds: sum.seconds + seconds });
    return result;
  };
  const watched: Partial<NativeBinding> = {
    executeOp(name, attributes, inputs, outputs) {
      const factors = inputs.map((id) => shapes.get(id));
      const product = isProduct(name) ? productShape(binding, attributes, factors) : undefined;
      const results = timed(name, () => binding.executeOp(name, attributes, inputs, outputs), product);
      for (const { id, shape } of results) shapes.set(id, shape);
      return results;
    },
    createTensor(shape, dtype, values) {
      const id = timed("upload", () => binding.createTensor(shape, dtype, values));
      shapes.set(id, [...shape]);
      return id;
    },
    tensorDataSync: (id) => timed("download", () => binding.tensorDataSync(id)),
    deleteTensor(id) {
      shapes.delete(id);
      timed("free", () => binding.deleteTensor(id));
    },
  };
  return {
    // The addon's own properties cannot be overwritten, nor shadowed by a proxy of it: this is a proxy of nothing that reads from both.
    binding: new Proxy({} as NativeBinding, {
      get: (_, key) => Reflect.get(key in watched ? watched : binding, key),
    }),
    restart: () => sums.clear(),
    times: () => [...sums.values()].sort((a, b) => b.seconds - a.seconds),
  };
}
