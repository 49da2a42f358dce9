// Which comparisons are corrected together: those that stand in one table. A reader who sees thirty differences will pick the largest;
// Holm's correction is for that reader.
import type { Difference } from "../rows.js";
import { averageMetric } from "./average.js";
import { holm, isSignificant } from "./significance.js";

export interface UncorrectedDifference extends Omit<Difference, "p" | "pHolm" | "significant"> {
  p: number;
  /** The clusters in which the two systems differ at all. */
  informative: number;
}

/** Whether a row is of its task's main metric, or an average of those. */
export const isMain = (row: Pick<Difference, "taskId" | "metric">, mainMetrics: ReadonlyMap<string, string>): boolean =>
  row.metric === averageMetric || row.metric === mainMetrics.get(row.taskId);

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
    const key = JSON.stringify([reading, subset, isMain({ taskId, metric }, mainMetrics)]);
    families.set(key, [...(families.get(key) ?? []), index]);
  });
  const corrected = new Array<number>(differences.length);
  for (const members of families.values()) {
    const ps = holm(members.map((index) => differences[index]!.p));
    members.forEach((index, place) => {
      corrected[index] = ps[place]!;
    });
  }
  return differences.map(({ informative: _, ...difference }, index) => {
    const pHolm = corrected[index]!;
    return { ...difference, pHolm, significant: isSignificant({ pHolm, ci: difference.ci }) };
  });
}
