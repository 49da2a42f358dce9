// 4-bit NormalFloat with double quantisation (Dettmers et al. 2023, QLoRA, section 3), in bitsandbytes' layout: values in file order, in
// blocks of 64 with one scale each, two codes a byte, the first in the high half.
import { type QuantisedScales, quantiseScales, readScales, scalesPerNested } from "./nf4-scales.js";

export interface Nf4Values {
  /** Two values a byte. */
  readonly codes: Uint8Array;
  readonly scales: QuantisedScales;
  /** How many values there are. */
  readonly count: number;
}

/** Values that share a scale. */
export const nf4Block = 64;

/** Quantiles of a standard normal between −1 and 1, with an exact zero (QLoRA, appendix E). */
export const nf4CodeBook = Float32Array.of(
  ...[-1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453],
  ...[-0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0],
  ...[0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224],
  ...[0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1],
);

const { fround } = Math;
const smallest = fround(1e-38);

/** Half way between neighbours of the code book. */
const middles = nf4CodeBook.slice(0, -1).map((code, i) => fround(code + nf4CodeBook[i + 1]!) / 2);

/** The nearest code; half way between two, the lower one. */
function nearestCode(value: number): number {
  let code = value > middles[7]! ? 8 : 0;
  if (value > middles[code + 3]!) code += 4;
  if (value > middles[code + 1]!) code += 2;
  return value > middles[code]! ? code + 1 : code;
}

const bounded = (value: number): number => Math.min(1, Math.max(-1, value));

/** The codes and float32 scales of values, before the scales are quantised themselves. */
export function quantiseNf4Blocks(values: Float32Array): { codes: Uint8Array; scales: Float32Array } {
  const codes = new Uint8Array(Math.ceil(values.length / 2)).fill(0x77); // 7 is zero: what pads an odd count
  const scales = new Float32Array(Math.ceil(values.length / nf4Block));
  for (let block = 0, first = 0; first < values.length; block++, first += nf4Block) {
    const end = Math.min(first + nf4Block, values.length);
    let largest = 0;
    for (let i = first; i < end; i++) largest = Math.max(largest, Math.abs(values[i]!));
    // A last block that is not whole is divided by its scale, the others are multiplied by the inverse; so rounds bitsandbytes.
    const whole = end - first === nf4Block;
    const divisor = Math.max(largest, smallest);
    const inverse = fround(1 / divisor);
    scales[block] = whole ? largest : divisor;
    for (let i = first; i < end; i++) {
      const code = nearestCode(bounded(whole ? fround(values[i]! * inverse) : fround(values[i]! / divisor)));
      codes[i >> 1] = i % 2 === 0 ? (code << 4) | (codes[i >> 1]! & 15) : (codes[i >> 1]! & 0xf0) | code;
    }
  }
  return { codes, scales };
}

/** Bytes of so many values: 4 bits each, 8 a block, 32 every 256 blocks and 32 once, 4.127 bits a value. */
export function nf4Bytes(count: number): number {
  const blocks = Math.ceil(count / nf4Block);
  return Math.ceil(count / 2) + blocks + 4 * Math.ceil(blocks / scalesPerNested) + 4;
}

/** Packs values, in file order. */
export function encodeNf4(values: Float32Array): Nf4Values {
  const { codes, scales } = quantiseNf4Blocks(values);
  return { codes, scales: quantiseScales(scales), count: values.length };
}

/** The values again, bit-equal to bitsandbytes' for the same codes and scales. */
export function decodeNf4({ codes, scales, count }: Nf4Values): Float32Array {
  const blocks = readScales(scales);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const code = i % 2 === 0 ? codes[i >> 1]! >> 4 : codes[i >> 1]! & 15;
    values[i] = nf4CodeBook[code]! * blocks[Math.floor(i / nf4Block)]!;
  }
  return values;
}
