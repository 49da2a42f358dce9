// Rejected rows with the rule, what it measured and what it allows.
import type { Rejection } from "../filter/index.js";
import { type Table, tableFromRecords } from "./table.js";

const fixed = (value: number | undefined): string =>
  value === undefined ? "" : Number.isInteger(value) ? String(value) : value.toFixed(2);

const textOf = (row: unknown, key: string): string => {
  const value = typeof row === "object" && row !== null ? (row as Record<string, unknown>)[key] : undefined;
  return typeof value === "string" ? value : "";
};

/** One row a rule, then a second of each; rules that measure come first. */
export function verdictsTable(rejections: readonly Rejection[], { rows = 5 }: { rows?: number } = {}): Table {
  const seen = new Map<string, number>();
  const ranked = rejections.map((rejection) => {
    const rank = seen.get(rejection.rule) ?? 0;
    seen.set(rejection.rule, rank + 1);
    return { rejection, order: 2 * rank + (rejection.score === undefined ? 1 : 0) };
  });
  const sample = ranked.sort((a, b) => a.order - b.order).slice(0, rows);
  return tableFromRecords(
    `${sample.length} of ${rejections.length} rejected rows`,
    sample.map(({ rejection: { id, stage, rule, score, threshold, nearestId, row } }) => ({
      ...{ id, stage, rule, score: fixed(score), threshold: fixed(threshold), nearest: nearestId ?? "" },
      ...{ instruction: textOf(row, "instruction"), input: textOf(row, "input"), output: textOf(row, "output") },
    })),
  );
}
