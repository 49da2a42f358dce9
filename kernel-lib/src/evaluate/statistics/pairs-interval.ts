// The interval of a metric over bare pairs, from counts that are gathered while the pairs pass by.
import type { PairMetric, ScoredPair } from "../metrics/pair-metric.js";
import { bootstrap, defaultResamples, interval95 } from "./bootstrap.js";

/** Pairs drawn in all: a second's work. Many pairs get fewer resamples, of which their narrow interval needs no more. */
const drawnPairs = 50_000_000;
const leastResamples = 500;

export interface PairsInterval {
  /** 95 % interval of the main value, a fraction, 0–1. */
  ci: [number, number];
  /** How many resamples it is read from. */
  resamples: number;
}

/** Keeps a row of counts a pair; `interval` then draws the pairs with replacement, at run seed 1. */
export function pairsInterval({ name, width, value }: Pick<PairMetric, "name" | "width" | "value">): {
  add(pair: Pick<ScoredPair, "counts">): void;
  interval(): PairsInterval;
} {
  let tallies = new Float64Array(1024 * width);
  let pairs = 0;
  return {
    add(pair) {
      if (pairs * width === tallies.length) {
        const grown = new Float64Array(2 * tallies.length);
        grown.set(tallies);
        tallies = grown;
      }
      tallies.set(pair.counts(), pairs * width);
      pairs++;
    },
    interval() {
      const resamples = Math.max(leastResamples, Math.min(defaultResamples, Math.floor(drawnPairs / pairs)));
      const rows = tallies.subarray(0, pairs * width);
      const [result] = bootstrap({ tallies: rows, width, statistics: [value], key: [1, "pairs", name], resamples });
      return { ci: interval95(result!.resampled), resamples };
    },
  };
}
