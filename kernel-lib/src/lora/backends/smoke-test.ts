// Does a backend compute? A product, a softmax and the gradient of a loss against plain numbers, before a model is entrusted to it.
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
export async function smokeTest(ops: Ops): Promise<string | undefined> {
  const a = matrix(0);
  const b = matrix(1);
  const labels = Int32Array.from({ length: size }, (_, row) => (row * 7) % size);
  const handles = ops.scope(() => {
    const x = ops.fromFloats(a.slice(), [size, size]); // a kernel may overwrite it, and the numbers behind it
    return {
      product: ops.matMul(x, ops.fromFloats(b, [size, size])),
      softmax: ops.softmax(x),
      gradient: ops.crossEntropy(x, ops.fromIntegers(labels, [size]), 1).gradient,
    };
  });
  const got = {
    product: await ops.read(handles.product),
    softmax: await ops.read(handles.softmax),
    gradient: await ops.read(handles.gradient),
  };
  ops.dispose(handles);
  const softmax = plainSoftmax(a);
  const errors = {
    "matrix product": farthest(got.product, plainProduct(a, b)),
    softmax: farthest(got.softmax, softmax),
    "cross-entropy gradient": farthest(
      got.gradient,
      softmax.map((value, i) => value - (i % size === labels[Math.floor(i / size)] ? 1 : 0)),
    ),
  };
  const wrong = Object.entries(errors).find(([, error]) => error > 1e-4);
  return wrong && `its ${wrong[0]} is off by ${wrong[1].toPrecision(2)}`;
}
