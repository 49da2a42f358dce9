// Histograms counted here rather than by the plotting library: a figure of 100,000 rows stays as small as one of a hundred.
import { wordCount } from "../filter/index.js";
import type { Triple } from "./triple.js";

/** Values from `from` up to, but for the last bin, not including `to`. */
export interface Bin {
  from: number;
  to: number;
  rows: number;
}

/** Bins of equal width over [from, to]; the last one takes `to` and all beyond it in. Values below `from` go into the first. */
export function histogram(values: Iterable<number>, { from, to, bins }: { from: number; to: number; bins: number }): Bin[] {
  const width = (to - from) / bins;
  const edge = (index: number): number => Number((from + index * width).toPrecision(12));
  const counted = Array.from({ length: bins }, (_, index): Bin => ({ from: edge(index), to: edge(index + 1), rows: 0 }));
  for (const value of values) {
    // A value on an edge belongs to the bin that begins there, though the division may fall a rounding error short of it.
    const index = Math.floor((value - from) / width + 1e-9);
    counted[Math.min(bins - 1, Math.max(0, index))]!.rows++;
  }
  return counted;
}

export type Part = "instruction" | "input" | "output";

/**
 * Words of each part, in bins of equal width; empty inputs are left out. The last bin begins at the 99th percentile at the latest, so
 * that one runaway row does not squeeze all others into the first bin.
 */
export function lengthHistograms(
  triples: readonly Pick<Triple, Part>[],
  { bins = 24 }: { bins?: number } = {},
): { part: Part; from: number; to: number; rows: number }[] {
  return (["instruction", "input", "output"] as const).flatMap((part) => {
    const counts = triples.map((triple) => wordCount(triple[part])).filter((count) => part !== "input" || count > 0);
    const sorted = Float64Array.from(counts).sort();
    const high = sorted[Math.floor(0.99 * (sorted.length - 1))] ?? 0;
    const width = Math.max(1, Math.ceil((high + 1) / bins));
    return histogram(counts, { from: 0, to: width * bins, bins }).map((bin) => ({ part, ...bin }));
  });
}
