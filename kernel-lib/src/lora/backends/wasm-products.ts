// Matrix products on the WebAssembly backend. XNNPACK computes only plain products of two matrices, at some 30 GFLOP/s a core; every
// other kind (a transposed factor, a batch) falls to a loop of a tenth of that speed. So all products are brought into that one form.
import * as tf from "@tensorflow/tfjs-core";
import type { MatMulOptions } from "./ops.js";
import { demandWasmRoom } from "./wasm.js";

/** Room for the result and for the packed copy of the right factor, of which XNNPACK pads the rows. */
const product = (a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D => {
  demandWasmRoom(4 * (a.shape[0] * b.shape[1] + (b.shape[0] + 1) * (b.shape[1] + 16)));
  return tf.matMul(a, b);
};

const transposed = (x: tf.Tensor2D): tf.Tensor2D => tf.transpose(x, [1, 0]);

/**
 * a·b of matrices, either transposed first. (bᵀ·aᵀ)ᵀ is the same matrix and spares the transposition of a large factor: a frozen
 * weight stands in the place that XNNPACK reads as it lies, where the other place is packed into a copy that it keeps.
 */
function matrixProduct(a: tf.Tensor2D, b: tf.Tensor2D, { transposeA, transposeB }: Required<MatMulOptions>): tf.Tensor2D {
  if (!transposeA && !transposeB) return product(a, b);
  const out = (transposeA ? a.shape[1] : a.shape[0]) * (transposeB ? b.shape[0] : b.shape[1]);
  const asItStands = (transposeA ? a.size : 0) + (transposeB ? b.size : 0); // values to transpose
  const turned = (transposeA ? 0 : a.size) + (transposeB ? 0 : b.size) + out;
  if (turned < asItStands) return transposed(product(transposeB ? b : transposed(b), transposeA ? a : transposed(a)));
  return product(transposeA ? transposed(a) : a, transposeB ? transposed(b) : b);
}

/** Item `i` of a batch of matrices. */
const matrixOf = (x: tf.Tensor, i: number): tf.Tensor2D =>
  tf.reshape(tf.slice(x, [i, 0, 0], [1, -1, -1]), [x.shape[1]!, x.shape[2]!]);

/** Of the last two axes; a leading axis is a batch, of the same length in both. */
export function wasmMatMul(a: tf.Tensor, b: tf.Tensor, options: Required<MatMulOptions>): tf.Tensor {
  return tf.tidy(() => {
    if (a.rank === 2) return matrixProduct(a as tf.Tensor2D, b as tf.Tensor2D, options);
    const products = Array.from({ length: a.shape[0]! }, (_, i) =>
      tf.tidy(() => tf.expandDims(matrixProduct(matrixOf(a, i), matrixOf(b, i), options), 0)),
    ); // [1, m, n] each
    return tf.concat(products, 0); // [batch, m, n]
  });
}
