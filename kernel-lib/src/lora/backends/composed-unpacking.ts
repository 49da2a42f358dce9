// Stored matrices unpacked in JavaScript and uploaded, for backends that have no kernel for it: slower, the same numbers.
import { bytesOf, decodeNf4, dequantise, nf4Bytes } from "../../models/index.js";
import type { QuantisedMatrix, Unpacking } from "./kernels.js";
import type { Primitives } from "./ops.js";

export const bytesOfMatrix = (matrix: QuantisedMatrix): number =>
  matrix.type === "NF4" ? nf4Bytes(matrix.values.count) : matrix.bytes.byteLength;

const valuesOf = (matrix: QuantisedMatrix): Float32Array =>
  matrix.type === "NF4" ? decodeNf4(matrix.values) : dequantise({ bytes: matrix.bytes, type: matrix.type });

function valuesOfRows(matrix: QuantisedMatrix, indices: Int32Array): Float32Array {
  const { columns } = matrix;
  const chosen = new Float32Array(indices.length * columns);
  const whole = matrix.type === "NF4" ? decodeNf4(matrix.values) : undefined;
  indices.forEach((row, i) => {
    if (matrix.type === "NF4") {
      chosen.set(whole!.subarray(row * columns, (row + 1) * columns), i * columns);
    } else {
      const rowBytes = bytesOf(matrix.type, columns);
      const bytes = matrix.bytes.subarray(row * rowBytes, (row + 1) * rowBytes);
      chosen.set(dequantise({ bytes, type: matrix.type }), i * columns);
    }
  });
  return chosen;
}

export function composedUnpacking(ops: Primitives): Unpacking {
  return {
    pack(matrix) {
      const { type, rows, columns } = matrix;
      return { type, rows, columns, bytes: bytesOfMatrix(matrix), stored: matrix };
    },
    dequantise: ({ stored, rows, columns }) => ops.scope(() => ops.toProduct(ops.fromFloats(valuesOf(stored!), [rows, columns]))), // [rows, columns]
    dequantiseRows: ({ stored, columns }, indices) =>
      ops.scope(() => ops.toProduct(ops.fromFloats(valuesOfRows(stored!, indices), [indices.length, columns]))), // [indices, columns]
  };
}
