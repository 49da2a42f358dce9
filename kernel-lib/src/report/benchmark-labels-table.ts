// Which labels each system gave, beside the right ones.
import { systemStyle } from "./systems.js";
import { type Table, tableFromRecords } from "./table.js";

export interface ShownLabels {
  title: string;
  k: number;
  system: string | null;
  counts: readonly { label: string; answers: number }[];
  unread: number;
}

/** A row a task and system, the right labels first. */
export function givenLabelsTable(rows: readonly ShownLabels[]): Table {
  const share = (answers: number, total: number): string => `${Math.round((100 * answers) / total)}%`;
  return tableFromRecords(
    "Which labels were given",
    rows.map(({ title, k, system, counts, unread }) => {
      const total = counts.reduce((sum, { answers }) => sum + answers, unread);
      return {
        task: title,
        k,
        system: system === null ? "the right ones" : systemStyle(system).label,
        labels: counts.map(({ label, answers }) => `${label} ${share(answers, total)}`).join(", "),
        "no label": unread === 0 ? "" : share(unread, total),
        answers: total,
      };
    }),
    ["No label: nothing could be read, or the text was withheld."],
  );
}
