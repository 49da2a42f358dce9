// A frozen matrix and where it lives: resident in the product type, or packed as it was stored and unpacked each time it is used.
import type { QuantisedMatrix } from "../backends/kernels.js";
import type { Handle, Ops } from "../backends/ops.js";

export interface FrozenMatrix {
  readonly shape: readonly [rows: number, columns: number];
  /** Bytes it takes between uses. */
  readonly bytes: number;
  /** The matrix in T, [rows, columns]: owned by this object where it is resident, by the current scope where it is unpacked. */
  load(ops: Ops): Handle;
  /** Some rows in float32, [indices, columns], without unpacking the others. */
  rows(ops: Ops, indices: Int32Array): Handle;
  /** Frees what it holds. */
  readonly resident?: Handle;
}

const bytesOfValue = { float32: 4, bfloat16: 2 };

export function residentMatrix(ops: Ops, resident: Handle): FrozenMatrix {
  const [rows, columns] = resident.shape as [number, number];
  return {
    shape: [rows, columns],
    bytes: rows * columns * bytesOfValue[ops.precision],
    resident,
    load: () => resident,
    rows: (_, indices) => ops.scope(() => ops.toFloat(ops.gatherRows(resident, ops.fromIntegers(indices, [indices.length])))),
  };
}

/** Parts stacked by rows, each in its own stored type. */
export function quantisedMatrix(parts: readonly QuantisedMatrix[]): FrozenMatrix {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const bytes = parts.reduce((sum, part) => sum + part.bytes.byteLength, 0);
  return {
    shape: [rows, parts[0]!.columns],
    bytes,
    load: (ops) =>
      parts.length === 1
        ? ops.dequantise(parts[0]!)
        : ops.scope(() =>
            ops.concat(
              parts.map((part) => ops.dequantise(part)),
              0,
            ),
          ),
    rows: (ops, indices) => ops.scope(() => ops.toFloat(ops.dequantise(chosenRows(parts, indices)))),
  };
}

/** The stored rows with these numbers, of a matrix in one part. */
function chosenRows(parts: readonly QuantisedMatrix[], indices: Int32Array): QuantisedMatrix {
  const [{ bytes, rows, type, columns }] = parts as [QuantisedMatrix];
  const rowBytes = bytes.byteLength / rows;
  const chosen = new Uint8Array(indices.length * rowBytes);
  indices.forEach((row, i) => {
    chosen.set(bytes.subarray(row * rowBytes, (row + 1) * rowBytes), i * rowBytes);
  });
  return { bytes: chosen, type, rows: indices.length, columns };
}
