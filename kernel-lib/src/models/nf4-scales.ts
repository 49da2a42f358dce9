// The block scales of NF4 in eight bits ("double quantisation", Dettmers et al. 2023, section 3), following bitsandbytes: their mean is
// taken off, the rest goes to the dynamic 8-bit code book of Dettmers (2016, arXiv 1511.04561) in blocks of 256 with float32 scales.

export interface QuantisedScales {
  /** A byte a scale. */
  readonly codes: Uint8Array;
  /** The largest magnitude of every 256 scales, their mean taken off. */
  readonly nested: Float32Array;
  /** The mean of all scales. */
  readonly offset: number;
}

/** Scales that share a nested one. */
export const scalesPerNested = 256;

const { fround } = Math;
let book: Float32Array | undefined;

/** Bounds of n equal parts of [0.1, 1] as PyTorch's float32 `linspace` has them: each end counts to the middle, in one rounding. */
function tenthToOne(parts: number): number[] {
  const low = fround(0.1);
  const step = fround(fround(1 - low) / parts);
  const half = Math.floor((parts + 1) / 2);
  return Array.from({ length: parts + 1 }, (_, i) => fround(i < half ? low + step * i : 1 - step * (parts - i)));
}

/** The 256 values of the signed dynamic code book, ascending: in each of seven decades twice as many as in the one below. */
export function dynamicCodeBook(): Float32Array {
  if (book) return book;
  const values = [0, 1];
  for (let decade = 0; decade < 7; decade++) {
    const bounds = tenthToOne(2 ** decade);
    const unit = fround(10 ** (decade - 6));
    for (let i = 0; i < 2 ** decade; i++) {
      const middle = fround(unit * fround(fround(bounds[i]! + bounds[i + 1]!) / 2));
      values.push(middle, -middle);
    }
  }
  book = Float32Array.from(values).sort();
  return book;
}

const gridSteps = 65535;
let nearest: Uint8Array | undefined;

/** The nearest code of every point of a grid over [−1, 1], the lower one of two: bitsandbytes' CPU library looks codes up in it. */
function nearestCodes(): Uint8Array {
  if (nearest) return nearest;
  const codes = dynamicCodeBook();
  nearest = new Uint8Array(gridSteps + 1);
  for (let point = 0, code = 0; point <= gridSteps; point++) {
    const value = fround(-1 + fround((2 * point) / gridSteps));
    while (code < 255 && fround(0.5 * fround(codes[code]! + codes[code + 1]!)) < value) code++;
    nearest[point] = code;
  }
  return nearest;
}

/**
 * Codes for the block scales. Bit-equal to bitsandbytes' on a CPU for the same `offset`; its own is a float32 sum in an order that depends
 * on the machine, the default here is the mean correctly rounded, so the two can differ in the last place.
 */
export function quantiseScales(scales: Float32Array, offset = meanOf(scales)): QuantisedScales {
  const lookUp = nearestCodes();
  const codes = new Uint8Array(scales.length);
  const nested = new Float32Array(Math.ceil(scales.length / scalesPerNested));
  for (let block = 0; block < nested.length; block++) {
    const first = block * scalesPerNested;
    const centred = scales.subarray(first, first + scalesPerNested).map((scale) => scale - offset);
    const largest = centred.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    nested[block] = largest;
    if (largest === 0) continue; // all codes 0, and 0 times any of them is 0
    const inverse = fround(1 / largest);
    centred.forEach((value, i) => {
      const normed = Math.min(1, Math.max(-1, fround(value * inverse)));
      codes[first + i] = lookUp[gridPoint(normed)]!;
    });
  }
  return { codes, nested, offset };
}

const gridPoint = (normed: number): number => Math.trunc(fround(fround(fround(normed + 1) * 0.5) * gridSteps + 0.5));

const meanOf = (scales: Float32Array): number => fround(scales.reduce((sum, scale) => sum + scale, 0) / scales.length);

/** The scales in float32, each product and sum rounded as bitsandbytes rounds them. */
export function readScales({ codes, nested, offset }: QuantisedScales): Float32Array {
  const values = dynamicCodeBook();
  return Float32Array.from(codes, (code, i) => fround(values[code]! * nested[Math.floor(i / scalesPerNested)]!) + offset);
}
