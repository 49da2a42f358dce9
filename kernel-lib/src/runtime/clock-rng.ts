// The only place that reads the clock or makes random numbers. Randomness is counter-based: a generator is derived from
// (run seed, stage, row, attempt), so the same rows come out in any order and at any concurrency.
import { createHash } from "node:crypto";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

export const clock = {
  /** Milliseconds since the process started, monotonic; for durations. */
  elapsed: (): number => performance.now(),
  /** The calendar time in ISO 8601, for records only; never decides anything. */
  isoDate: (): string => new Date().toISOString(),
};

export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Uniform integer in [0, n). */
  integer(n: number): number;
  /** Standard normal (Box–Muller). */
  normal(): number;
  /** A shuffled copy (Fisher–Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** `count` distinct items, in random order; all of them when there are fewer. */
  sample<T>(items: readonly T[], count: number): T[];
}

const keyHash = (key: readonly (string | number)[]): Buffer => createHash("sha256").update(JSON.stringify(key)).digest();

/** A 31-bit seed derived from any key, stable over processes and machines; what a sampler's `seed` field takes. */
export function deriveSeed(...key: (string | number)[]): number {
  return keyHash(key).readUInt32LE(0) & 0x7fffffff;
}

/** The generator for one (run seed, stage, row, attempt …) key; the key's hash fills its whole state. */
export function deriveRandom(...key: (string | number)[]): Random {
  const hash = keyHash(key);
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => hash.readInt32LE(offset)));
  const bits = (count: number): number => (generator.next() >>> 0) >>> (32 - count);
  const uniform = (): number => (bits(26) * 2 ** 27 + bits(27)) / 2 ** 53;
  const integer = (n: number): number => Math.floor(uniform() * n);
  const shuffle = <T>(items: readonly T[]): T[] => {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = integer(i + 1);
      [copy[i], copy[j]] = [copy[j]!, copy[i]!];
    }
    return copy;
  };
  return {
    uniform,
    integer,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    shuffle,
    sample: (items, count) => shuffle(items).slice(0, count),
  };
}
