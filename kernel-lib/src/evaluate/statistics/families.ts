// Which comparisons are corrected together: those that stand in one table. A reader who sees thirty differences will pick the largest;
// Holm's correction is for that reader.
import type { Difference } from "../rows.js";
import { averageMetric } from "./average.js";
import { holm, isSignificant, significanceLevel } from "./significance.js";

export type UncorrectedDifference = Omit<Difference, "p" | "pHolm" | "significant"> & { p: number };

/**
 * How many resamples a family of this size needs. The smallest p that B resamples can give is 2 / (B + 1); it must stay well below
 * 0.05 after it is multiplied by the family's size: with these it is at most 0.02.
 */
export const resamplesFor = (comparisons: number): number => Math.ceil((2 / (0.4 * significanceLevel)) * comparisons);

/**
 * Adds what follows from the number of comparisons. A family is one reading on one subset: of the tasks' main metrics and their averages,
 * over every task, k and pair of systems; the tasks' other metrics are a family of their own.
 */
export function correctDifferences(
  differences: readonly UncorrectedDifference[],
  mainMetrics: ReadonlyMap<string, string>,
): Difference[] {
  const families = new Map<string, number[]>();
  differences.forEach(({ taskId, metric, reading, subset }, index) => {
    const isMain = metric === averageMetric || metric === mainMetrics.get(taskId);
    const key = JSON.stringify([reading, subset, isMain]);
    families.set(key, [...(families.get(key) ?? []), index]);
  });
  const corrected = new Array<number>(differences.length);
  for (const members of families.values()) {
    const ps = holm(members.map((index) => differences[index]!.p));
    members.forEach((index, place) => {
      corrected[index] = ps[place]!;
    });
  }
  return differences.map((difference, index) => {
    const pHolm = corrected[index]!;
    return { ...difference, pHolm, significant: isSignificant({ pHolm, ci: difference.ci }) };
  });
}
