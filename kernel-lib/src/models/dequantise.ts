// Block-quantised tensors to float32, following ggml-quants.c (dequantize_row_*). Every product below is exact in a double and
// the one rounding happens on storing, so the result is bit-equal to ggml's and to the Python gguf package's.
import { halfTable } from "./half-floats.js";
import { type TensorType, typeTraits } from "./tensor-types.js";

/** Dequantises one block at `at` in `bytes` into `out` from `to` on. */
type BlockReader = (bytes: Uint8Array, at: number, out: Float32Array, to: number, half: Float32Array) => void;

const u16 = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8);
const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) | (u16(bytes, at + 2) << 16);
const i8 = (byte: number): number => (byte << 24) >> 24;

/** Four- and five-bit blocks of 32: the low nibbles are values 0–15, the high ones 16–31; x = d·q + m, or d·(q − offset). */
function nibbleBlock({
  offset,
  hasMinimum,
  hasFifthBit,
}: {
  offset: number;
  hasMinimum: boolean;
  hasFifthBit: boolean;
}): BlockReader {
  return (bytes, at, out, to, half) => {
    const d = half[u16(bytes, at)]!;
    // Without a minimum −0 is added, which leaves even a negative zero as it is.
    const m = hasMinimum ? half[u16(bytes, at + 2)]! : -0;
    const highAt = at + (hasMinimum ? 4 : 2);
    const high = hasFifthBit ? u32(bytes, highAt) : 0;
    const nibblesAt = highAt + (hasFifthBit ? 4 : 0);
    for (let j = 0; j < 16; j++) {
      const byte = bytes[nibblesAt + j]!;
      out[to + j] = d * (((byte & 15) | (((high >>> j) & 1) << 4)) - offset) + m;
      out[to + j + 16] = d * (((byte >> 4) | (((high >>> (j + 16)) & 1) << 4)) - offset) + m;
    }
  };
}

const q8Block: BlockReader = (bytes, at, out, to, half) => {
  const d = half[u16(bytes, at)]!;
  for (let j = 0; j < 32; j++) out[to + j] = d * i8(bytes[at + 2 + j]!);
};

/** The six-bit scale and minimum of sub-block j, packed in 12 bytes (get_scale_min_k4). */
function packedScale(bytes: Uint8Array, at: number, j: number): { scale: number; minimum: number } {
  if (j < 4) return { scale: bytes[at + j]! & 63, minimum: bytes[at + j + 4]! & 63 };
  return {
    scale: (bytes[at + j + 4]! & 15) | ((bytes[at + j - 4]! >> 6) << 4),
    minimum: (bytes[at + j + 4]! >> 4) | ((bytes[at + j]! >> 6) << 4),
  };
}

/** Q4_K and Q5_K: eight sub-blocks of 32 with x = d·scale·q − dmin·minimum; two sub-blocks share 32 bytes of nibbles. */
function superBlock(hasFifthBit: boolean): BlockReader {
  return (bytes, at, out, to, half) => {
    const d = half[u16(bytes, at)]!;
    const dMinimum = half[u16(bytes, at + 2)]!;
    const highAt = at + 16;
    const nibblesAt = hasFifthBit ? at + 48 : at + 16;
    for (let j = 0; j < 8; j++) {
      const { scale, minimum } = packedScale(bytes, at + 4, j);
      const step = d * scale;
      const floor = dMinimum * minimum;
      const shift = (j & 1) * 4;
      for (let l = 0; l < 32; l++) {
        const low = (bytes[nibblesAt + (j >> 1) * 32 + l]! >> shift) & 15;
        const fifth = hasFifthBit ? ((bytes[highAt + l]! >> j) & 1) << 4 : 0;
        out[to + j * 32 + l] = step * (low | fifth) - floor;
      }
    }
  };
}

/** Q6_K: sixteen sub-blocks of 16 with x = d·scale·(q − 32); four low bits in `ql`, two high bits in `qh`. */
const q6Block: BlockReader = (bytes, at, out, to, half) => {
  const d = half[u16(bytes, at + 208)]!;
  for (let part = 0; part < 2; part++) {
    const lowAt = at + part * 64;
    const highAt = at + 128 + part * 32;
    const scalesAt = at + 192 + part * 8;
    for (let quarter = 0; quarter < 4; quarter++) {
      for (let l = 0; l < 32; l++) {
        const low = (bytes[lowAt + (quarter & 1) * 32 + l]! >> ((quarter >> 1) * 4)) & 15;
        const high = (bytes[highAt + l]! >> (quarter * 2)) & 3;
        const scale = i8(bytes[scalesAt + quarter * 2 + (l >> 4)]!);
        out[to + part * 128 + quarter * 32 + l] = d * scale * ((low | (high << 4)) - 32);
      }
    }
  }
};

const readers: Record<Exclude<TensorType, "F32" | "F16" | "BF16">, BlockReader> = {
  Q4_0: nibbleBlock({ offset: 8, hasMinimum: false, hasFifthBit: false }),
  Q4_1: nibbleBlock({ offset: 0, hasMinimum: true, hasFifthBit: false }),
  Q5_0: nibbleBlock({ offset: 16, hasMinimum: false, hasFifthBit: true }),
  Q5_1: nibbleBlock({ offset: 0, hasMinimum: true, hasFifthBit: true }),
  Q8_0: q8Block,
  Q4_K: superBlock(false),
  Q5_K: superBlock(true),
  Q6_K: q6Block,
};

/**
 * The values of an encoded tensor (or of whole rows of one), in file order: row-major, last dimension fastest.
 * `bytes` holds a whole number of blocks; the caller owns the result.
 */
export function dequantise({ bytes, type }: { bytes: Uint8Array; type: TensorType }): Float32Array {
  const { block, bytes: blockBytes } = typeTraits(type);
  const blocks = bytes.length / blockBytes;
  const out = new Float32Array(blocks * block);
  if (type === "F32") {
    new Uint8Array(out.buffer).set(bytes);
  } else if (type === "BF16") {
    const outBits = new Uint32Array(out.buffer);
    for (let i = 0; i < blocks; i++) outBits[i] = u16(bytes, 2 * i) << 16;
  } else if (type === "F16") {
    const half = halfTable();
    for (let i = 0; i < blocks; i++) out[i] = half[u16(bytes, 2 * i)]!;
  } else {
    const half = halfTable();
    const read = readers[type];
    for (let i = 0; i < blocks; i++) read(bytes, i * blockBytes, out, i * block, half);
  }
  return out;
}
