// When a difference is said to hold. There is one rule for every table and figure, and it is here.

/** Below it a corrected p-value counts. */
export const significanceLevel = 0.05;

/** Sums of fractions that are equal may differ in their last digits. */
const rounding = 1e-12;

/**
 * Two-sided p-value of "no difference" from the resampled differences: twice the smaller share of resamples on or beyond 0, each with
 * one added to its count and to the number of resamples, so that it is never 0 (Davison & Hinkley 1997, section 4.2.3).
 */
export function bootstrapP(resampled: Float64Array): number {
  let notAbove = 0;
  let notBelow = 0;
  for (const value of resampled) {
    if (value <= rounding) notAbove++;
    if (value >= -rounding) notBelow++;
  }
  return Math.min(1, (2 * (Math.min(notAbove, notBelow) + 1)) / (resampled.length + 1));
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

/** Whether a difference holds: its corrected p-value is below 0.05 and its 95 % interval does not hold 0. */
export const isSignificant = ({ pHolm, ci }: { pHolm: number; ci: readonly [number, number] }): boolean =>
  pHolm < significanceLevel && (ci[0] > 0 || ci[1] < 0);
