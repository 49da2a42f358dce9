// When a difference is said to hold. There is one rule for every table and figure, and it is here.

import type { Difference } from "../rows.js";
import type { BootstrapResult } from "./bootstrap.js";
import { normalTail } from "./normal.js";

/** Below it a corrected p-value counts. */
export const significanceLevel = 0.05;

/** Sums of fractions that are equal may differ in their last digits. */
const rounding = 1e-12;

/** Fewer resamples than this beyond 0 do not measure a tail: their number may as well be twice that. */
const leastHits = 10;

/**
 * Two-sided p-value of "no difference" from the resampled differences: twice the smaller share of resamples on or beyond 0, each with
 * one added to its count and to the number of resamples, so that it is never 0 (Davison & Hinkley 1997, section 4.2.3). Where fewer than
 * 10 resamples lie there, the tail of the normal distribution with the resamples' standard deviation: a correction for hundreds of
 * comparisons needs p-values that 10,000 resamples cannot give. On few clusters the bootstrap is too sure: of simulated pairs without a
 * difference about 10 % fall below 0.05 at 8 to 10 clusters, 7 to 8 % at 15 to 30, and 4 to 7 % from 50 on.
 *
 * @param options.informative the clusters in which the two systems differ at all. p is never below 2^(1 − informative), what the most
 *   one-sided outcome of a sign test on them has: a bootstrap of six items cannot know how unsure it is.
 */
export function bootstrapP({ value, resampled }: BootstrapResult, { informative }: { informative: number }): number {
  let notAbove = 0;
  let notBelow = 0;
  let sum = 0;
  let squares = 0;
  for (const drawn of resampled) {
    if (drawn <= rounding) notAbove++;
    if (drawn >= -rounding) notBelow++;
    sum += drawn - value;
    squares += (drawn - value) ** 2;
  }
  const count = resampled.length;
  const hits = Math.min(notAbove, notBelow);
  const deviation = Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
  const p = hits < leastHits ? 2 * normalTail(Math.abs(value) / deviation) : (2 * (hits + 1)) / (count + 1);
  return Math.min(1, Math.max(p, 2 ** (1 - informative)));
}

/**
 * Holm's step-down correction (1979) of one family of p-values, in their order: valid whatever the tests' dependence.
 * pHolm of the i-th smallest of m is the largest of (m − j + 1) · p_j over j ≤ i, at most 1.
 */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((_, index) => index).sort((a, b) => ps[a]! - ps[b]!);
  const corrected = new Array<number>(ps.length);
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (ps.length - rank) * ps[index]!));
    corrected[index] = largest;
  });
  return corrected;
}

/** Whether a difference holds: its corrected p-value is below 0.05 and its 95 % interval does not hold 0. Never without a p-value. */
export const isSignificant = ({ pHolm, ci }: Pick<Difference, "pHolm" | "ci">): boolean =>
  pHolm !== undefined && pHolm < significanceLevel && (ci[0] > 0 || ci[1] < 0);
