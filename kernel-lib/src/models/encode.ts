// Float32 values to the tensor types we write, bit-equal to ggml's reference quantisers (quantize_row_q8_0_ref and the half conversions).
import { toBfloat, toHalf } from "./half-floats.js";
import { bytesOf } from "./tensor-types.js";

/** The tensor types that can be written. */
export type WritableType = "F32" | "F16" | "BF16" | "Q8_0";

function eightBitBlocks(values: Float32Array): Uint8Array {
  const out = new Uint8Array(bytesOf("Q8_0", values.length));
  for (let block = 0, at = 0; block < values.length; block += 32, at += 34) {
    let largest = 0;
    for (let j = 0; j < 32; j++) largest = Math.max(largest, Math.abs(values[block + j]!));
    const d = Math.fround(largest / 127);
    const inverse = d === 0 ? 0 : Math.fround(1 / d);
    const scale = toHalf(d);
    out[at] = scale & 0xff;
    out[at + 1] = scale >> 8;
    for (let j = 0; j < 32; j++) {
      const scaled = Math.fround(values[block + j]! * inverse);
      // C's roundf takes halves away from zero.
      out[at + 2 + j] = Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5);
    }
  }
  return out;
}

function sixteenBits(values: Float32Array, convert: (value: number) => number): Uint8Array {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) out[i] = convert(values[i]!);
  return new Uint8Array(out.buffer);
}

/** Encodes whole blocks of values; the length is a multiple of 32 for Q8_0. */
export function encodeValues({ values, type }: { values: Float32Array; type: WritableType }): Uint8Array {
  if (type === "F32") return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  if (type === "Q8_0") return eightBitBlocks(values);
  return sixteenBits(values, type === "F16" ? toHalf : toBfloat);
}
