// Stored matrices as uint8 tensors, unpacked to T by one kernel a matrix: nothing of them stays in JavaScript.
import { bytesOf, dynamicCodeBook, nf4Block, nf4CodeBook, scalesPerNested } from "../../models/index.js";
import { bytesOfMatrix } from "./composed-unpacking.js";
import type { FusedOptions } from "./fused-kernels.js";
import type { PackedMatrix, QuantisedMatrix, Unpacking } from "./kernels.js";
import type { BlockFormat, TensorId } from "./native-kernels.js";
import type { Handle } from "./ops.js";

const TF_UINT8 = 4; // TensorFlow's number of the type (DT_UINT8)

export function fusedUnpacking({ ops, native, type, idOf, own }: FusedOptions): Unpacking {
  const upload = (bytes: Uint8Array, shape: number[]): Handle =>
    ops.scope(() => ops.reshape(own({ id: native.uploadBytes(bytes), shape: [bytes.length], dtype: TF_UINT8 }), shape));
  const floats = (values: Float32Array): Handle => ops.fromFloats(values, [values.length]);
  const blocks = (bytes: Handle, { type: format, columns }: PackedMatrix): Handle =>
    own(native.dequantise({ type, bytes: idOf(bytes), format: format as BlockFormat, rows: bytes.shape[0]!, columns }));
  const whole = (matrix: PackedMatrix): Handle => {
    const { rows, columns } = matrix;
    if (matrix.type !== "NF4") return blocks(matrix.tensors![0]!, matrix); // [rows, columns]
    const part = (index: number): TensorId => idOf(matrix.tensors![index]!);
    return own(
      native.dequantiseNf4({
        ...{ type, rows, columns, blockSize: nf4Block, nestedBlockSize: scalesPerNested },
        ...{ codes: part(0), absmax: part(1), nestedAbsmax: part(2), table: part(3), nestedTable: part(4), offset: part(5) },
      }),
    ); // [rows, columns]
  };
  return {
    pack(matrix) {
      const { type: format, rows, columns } = matrix;
      return { type: format, rows, columns, bytes: bytesOfMatrix(matrix), tensors: tensorsOf(matrix, upload, floats) };
    },
    dequantise: whole,
    dequantiseRows: (matrix, indices) =>
      ops.scope(() => {
        const numbers = ops.fromIntegers(indices, [indices.length]);
        if (matrix.type === "NF4") return ops.gatherRows(whole(matrix), numbers); // [indices, columns]
        return blocks(ops.gatherRows(matrix.tensors![0]!, numbers), matrix); // [indices, columns]
      }),
  };
}

function tensorsOf(
  matrix: QuantisedMatrix,
  upload: (bytes: Uint8Array, shape: number[]) => Handle,
  floats: (values: Float32Array) => Handle,
): Handle[] {
  if (matrix.type !== "NF4") return [upload(matrix.bytes, [matrix.rows, bytesOf(matrix.type, matrix.columns)])]; // [rows, row bytes]
  const { codes, scales } = matrix.values;
  return [
    upload(codes, [codes.length]),
    upload(scales.codes, [scales.codes.length]),
    ...[scales.nested, nf4CodeBook, dynamicCodeBook(), Float32Array.of(scales.offset)].map(floats),
  ];
}
