// IEEE half precision and bfloat16 to and from float32, rounding to nearest even as ggml does. Node 20 has no Float16Array.

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

let table: Float32Array | undefined;

function makeTable(): Float32Array {
  const values = new Float32Array(1 << 16);
  for (let half = 0; half < 1 << 16; half++) {
    const exponent = (half >> 10) & 0x1f;
    const mantissa = half & 0x3ff;
    const magnitude =
      exponent === 0
        ? mantissa * 2 ** -24
        : exponent === 31
          ? mantissa === 0
            ? Number.POSITIVE_INFINITY
            : Number.NaN
          : (1 + mantissa / 1024) * 2 ** (exponent - 15);
    values[half] = half & 0x8000 ? -magnitude : magnitude;
  }
  return values;
}

/** The value of every half, indexed by its 16 bits. */
export function halfTable(): Float32Array {
  table ??= makeTable();
  return table;
}

/** The 16 bits of the half nearest to a float32. */
export function toHalf(value: number): number {
  float[0] = value;
  const sign = (bits[0]! >>> 16) & 0x8000;
  const magnitude = bits[0]! & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520 and above round to infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Below 2^-14 halves are multiples of 2^-24, the last place of a float32 at 0.5: adding 0.5 does the rounding.
    float[0] = Math.abs(value) + 0.5;
    return sign | (bits[0]! - 0x3f000000);
  }
  return sign | ((magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000) >>> 13);
}

/** The 16 bits of the bfloat16 nearest to a float32. */
export function toBfloat(value: number): number {
  float[0] = value;
  const all = bits[0]!;
  if ((all & 0x7fffffff) > 0x7f800000) return (all >>> 16) | 64;
  return ((all + 0x7fff + ((all >>> 16) & 1)) >>> 16) & 0xffff;
}
