// Every comparison of a run: each system against what it should beat, task by task and on average, as paired differences.
import { agreementNote } from "./agreement-note.js";
import { formatDifference } from "./format-score.js";
import type { ResultsInput } from "./report-input.js";
import { differenceNotes } from "./results-notes.js";
import { differenceOf, leadingDifferences, resultRows, taskTitle } from "./results-rows.js";
import { pairLabel } from "./results-table.js";
import type { Table } from "./table.js";

/** A row a task and k, a column a pair of systems; main metrics, lenient reading, with p-values after correction. */
export function differencesTable(input: ResultsInput): Table {
  const pairs = new Map(
    leadingDifferences(input).map(({ system, against }) => [JSON.stringify([system, against]), [system, against] as const]),
  );
  const shown = [...pairs.values()];
  const rows = resultRows(input).filter((key) => shown.some((pair) => differenceOf(input, key, pair)));
  return {
    title: "Paired differences in points, 95 % bootstrap intervals, p after Holm's correction",
    columns: [
      { label: "task", align: "left" },
      { label: "k", align: "right" },
      ...shown.map((pair) => ({ label: pairLabel(pair), align: "right" as const })),
    ],
    rows: rows.map((key) => [
      { text: taskTitle(input, key.taskId) },
      { text: String(key.k) },
      ...shown.map((pair) => formatDifference(differenceOf(input, key, pair), { withP: true })),
    ]),
    keyColumns: 2,
    footnotes: [
      ...differenceNotes(input),
      ...agreementNote(rows.flatMap((key) => shown.map((pair) => differenceOf(input, key, pair)))),
    ],
  };
}
