// Scores on all items beside those on the items of which nothing was found in what the systems saw.
import { agreementNote } from "./agreement-note.js";
import { formatDifference, formatItems, formatPoints, noValue } from "./format-score.js";
import type { ResultsInput } from "./report-input.js";
import { differenceOf, headlinePairs, resultRows, scoreOf, taskTitle } from "./results-rows.js";
import { pairLabel } from "./results-table.js";
import { shownSystems } from "./systems.js";
import type { Table } from "./table.js";

/** A row a task and k that has clean scores. Main metrics, lenient reading. */
export function cleanTable(input: ResultsInput): Table {
  const systems = shownSystems(input.scores);
  const clean = { subset: "clean" } as const;
  const pair = headlinePairs(input).slice(0, 1);
  const rows = resultRows(input).flatMap((key) => {
    const pairs = systems.map(({ system }) => [scoreOf(input, key, system), scoreOf(input, key, system, clean)] as const);
    const counted = pairs.find(([all, cleaned]) => all && cleaned);
    return counted ? [{ key, pairs, all: counted[0]!, cleaned: counted[1]! }] : [];
  });
  return {
    title: "All items → clean items",
    columns: [
      { label: "task", align: "left" },
      { label: "k", align: "right" },
      { label: "n", align: "right" },
      ...systems.map(({ label }) => ({ label, align: "right" as const })),
      ...pair.flatMap((shown) => [
        { label: `${pairLabel(shown)}, all`, align: "right" as const },
        { label: "clean", align: "right" as const },
      ]),
    ],
    rows: rows.map(({ key, pairs, all, cleaned }) => [
      { text: taskTitle(input, key.taskId) },
      { text: String(key.k) },
      { text: `${formatItems(all)} → ${formatItems(cleaned)}` },
      ...pairs.map(([one, other]) => ({
        text: one && other ? `${formatPoints(one.value)} → ${formatPoints(other.value)}` : noValue,
      })),
      ...pair.flatMap((shown) => [
        formatDifference(differenceOf(input, key, shown)),
        formatDifference(differenceOf(input, key, shown, clean)),
      ]),
    ]),
    keyColumns: 3,
    footnotes: [
      "Clean: without the items of which the contamination gate found something in seeds, corpus, rows or demonstrations.",
      "The clean comparisons are corrected after Holm among themselves.",
      ...agreementNote(
        rows.flatMap(({ key }) => pair.flatMap((one) => [differenceOf(input, key, one), differenceOf(input, key, one, clean)])),
      ),
    ],
  };
}
