// Does a backend compute? A product, a softmax and a gradient against plain numbers, before a model is entrusted to it.
import * as tf from "@tensorflow/tfjs-core";
import type { Ops } from "./ops.js";

const size = 64;
const matrix = (phase: number): Float32Array => Float32Array.from({ length: size * size }, (_, i) => Math.sin(i * 0.37 + phase));

function plainProduct(a: Float32Array, b: Float32Array): Float32Array {
  const result = new Float32Array(size * size);
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += a[row * size + i]! * b[i * size + column]!;
      result[row * size + column] = sum;
    }
  return result;
}

function plainSoftmax(x: Float32Array): Float32Array {
  const result = new Float32Array(x.length);
  for (let row = 0; row < size; row++) {
    const exponentials = x.subarray(row * size, (row + 1) * size).map(Math.exp);
    const sum = exponentials.reduce((total, value) => total + value, 0);
    result.set(
      exponentials.map((value) => value / sum),
      row * size,
    );
  }
  return result;
}

const farthest = (got: Float32Array, want: Float32Array): number =>
  got.reduce((worst, value, i) => {
    const distance = Math.abs(value - want[i]!);
    return Number.isNaN(distance) ? Number.POSITIVE_INFINITY : Math.max(worst, distance);
  }, 0);

/** Says what is wrong with the backend, or nothing. */
export function smokeTest(ops: Ops): string | undefined {
  const a = matrix(0);
  const b = matrix(1);
  const product = plainProduct(a, b);
  const [matMul, softmax] = ops.scope(() => {
    const computed = ops.matMul(ops.fromFloats(a, [size, size]), ops.fromFloats(b, [size, size]));
    return [ops.read(computed), ops.read(ops.softmax(ops.fromFloats(a, [size, size])))] as const;
  });
  const gradient = tf.tidy(() =>
    Float32Array.from(
      tf
        .grad((x: tf.Tensor) => tf.sum(tf.square(x)))(tf.tensor2d(a, [size, size]))
        .dataSync(),
    ),
  );
  const errors = {
    "matrix product": farthest(matMul, product),
    softmax: farthest(softmax, plainSoftmax(a)),
    gradient: farthest(
      gradient,
      a.map((value) => 2 * value),
    ),
  };
  const wrong = Object.entries(errors).find(([, error]) => error > 1e-4);
  return wrong && `its ${wrong[0]} is off by ${wrong[1].toPrecision(2)}`;
}
