// The op layer over public tfjs operations: float32, on any tfjs backend.
import * as tf from "@tensorflow/tfjs-core";
import { composedKernels } from "./composed-kernels.js";
import type { Handle, MatMulOptions, Ops, Primitives } from "./ops.js";

const tensor = (x: Handle): tf.Tensor => x as tf.Tensor;
const shapeOf = (shape: readonly number[]): number[] => [...shape];

function containedTensors(value: unknown): tf.Tensor[] {
  if (value instanceof tf.Tensor) return [value];
  if (value && typeof value === "object" && !ArrayBuffer.isView(value)) return Object.values(value).flatMap(containedTensors);
  return [];
}

type MatMul = (a: tf.Tensor, b: tf.Tensor, options: Required<MatMulOptions>) => tf.Tensor;

/**
 * Makes the op layer of the current tfjs backend.
 * @param matMul how it multiplies matrices; default: `tf.matMul`.
 */
export function tfjsOps({
  matMul = (a, b, { transposeA, transposeB }) => tf.matMul(a, b, transposeA, transposeB),
}: {
  matMul?: MatMul;
} = {}): Ops {
  const primitives: Primitives = {
    precision: "float32",
    fromFloats: (values, shape) => tf.tensor(values, shapeOf(shape), "float32"),
    fromIntegers: (values, shape) => tf.tensor(values.slice(), shapeOf(shape), "int32"),
    read: async (x) => new Float32Array(await tensor(x).data()),
    scope<T>(body: () => T): T {
      let result: T | undefined;
      tf.tidy(() => {
        result = body();
        return containedTensors(result);
      });
      return result as T;
    },
    dispose: (value) => containedTensors(value).forEach((x) => void x.dispose()),
    liveTensors: () => tf.memory().numTensors,
    toProduct: (x) => x,
    toFloat: (x) => x,
    matMul: (a, b, { transposeA = false, transposeB = false } = {}) => matMul(tensor(a), tensor(b), { transposeA, transposeB }),
    add: (a, b) => tf.add(tensor(a), tensor(b)),
    addAll: (parts) => tf.addN(parts.map(tensor)),
    subtract: (a, b) => tf.sub(tensor(a), tensor(b)),
    multiply: (a, b) => tf.mul(tensor(a), tensor(b)),
    scale: (x, factor) => tf.mul(tensor(x), factor),
    shift: (x, constant) => tf.add(tensor(x), constant),
    square: (x) => tf.square(tensor(x)),
    rsqrt: (x) => tf.rsqrt(tensor(x)),
    sigmoid: (x) => tf.sigmoid(tensor(x)),
    softmax: (x) => tf.softmax(tensor(x)),
    meanLast: (x) => tf.mean(tensor(x), -1, true),
    sumLast: (x) => tf.sum(tensor(x), -1, true),
    reshape: (x, shape) => tf.reshape(tensor(x), shapeOf(shape)),
    transpose: (x, permutation) => tf.transpose(tensor(x), shapeOf(permutation)),
    slice: (x, begin, size) => tf.slice(tensor(x), shapeOf(begin), shapeOf(size)),
    concat: (parts, axis) => tf.concat(parts.map(tensor), axis),
    swapHalves: (x) =>
      tf.tidy(() => {
        const [first, second] = tf.split(tensor(x), 2, -1);
        return tf.concat([second!, first!], -1);
      }),
    gatherRows: (table, indices) => tf.gather(tensor(table), tensor(indices) as tf.Tensor1D),
    oneHot: (labels, classes) => tf.cast(tf.oneHot(tensor(labels), classes), "float32"),
    log: (x) => tf.log(tensor(x)),
    exp: (x) => tf.exp(tensor(x)),
    maxLast: (x) => tf.max(tensor(x), -1, true),
  };
  return { ...primitives, ...composedKernels(primitives) };
}
