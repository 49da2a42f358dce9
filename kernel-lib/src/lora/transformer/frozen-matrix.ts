// A frozen matrix and where it lives: resident in the product type, or packed as it was stored and unpacked each time it is used.
import type { PackedMatrix, QuantisedMatrix } from "../backends/kernels.js";
import type { Handle, Ops } from "../backends/ops.js";

export interface FrozenMatrix {
  readonly shape: readonly [rows: number, columns: number];
  /** Bytes it takes between uses. */
  readonly bytes: number;
  /** The matrix in T, [rows, columns]: owned by this object where it is resident, by the current scope where it is unpacked. */
  load(ops: Ops): Handle;
  /** Some rows in float32, [indices, columns], without unpacking the others. */
  rows(ops: Ops, indices: Int32Array): Handle;
  /** What it holds, for `dispose`. */
  readonly resident?: Handle;
  readonly packed?: readonly PackedMatrix[];
}

const bytesOfValue = { float32: 4, bfloat16x3: 4, bfloat16: 2 };

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

/** Parts stacked by rows, each in its own stored type; neighbours of one type become one. */
export function quantisedMatrix(ops: Ops, parts: readonly QuantisedMatrix[]): FrozenMatrix {
  const packed = joined(parts).map((part) => ops.pack(part));
  const load = (): Handle => {
    if (packed.length === 1) return ops.dequantise(packed[0]!);
    return ops.scope(() => ops.concat(packed.map(ops.dequantise), 0)); // [rows, columns]
  };
  return {
    shape: [packed.reduce((sum, { rows }) => sum + rows, 0), packed[0]!.columns],
    bytes: packed.reduce((sum, { bytes }) => sum + bytes, 0),
    packed,
    load,
    rows: (_, indices) =>
      ops.scope(() => {
        if (packed.length === 1) return ops.toFloat(ops.dequantiseRows(packed[0]!, indices)); // [indices, columns]
        return ops.toFloat(ops.gatherRows(load(), ops.fromIntegers(indices, [indices.length])));
      }),
  };
}

/** Blocks of ggml's types do not run over rows, so rows of one type can stand behind one another. */
function joined(parts: readonly QuantisedMatrix[]): QuantisedMatrix[] {
  const result: QuantisedMatrix[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (last && last.type !== "NF4" && last.type === part.type) {
      const bytes = new Uint8Array(last.bytes.byteLength + part.bytes.byteLength);
      bytes.set(last.bytes);
      bytes.set(part.bytes, last.bytes.byteLength);
      result[result.length - 1] = { ...last, rows: last.rows + part.rows, bytes };
    } else result.push(part);
  }
  return result;
}
