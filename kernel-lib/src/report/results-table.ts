// The results table: a row a task and k, the systems beside each other, and what the leading adapter changed against the base and against
// the seeds alone. A loss or a null result is printed in the same words and the same type as a gain.
import { type Difference, isAverage, type Score } from "../evaluate/index.js";
import { agreementNote } from "./agreement-note.js";
import { formatDifference, formatItems, noValue, percent, scoreCell } from "./format-score.js";
import type { ResultsInput } from "./report-input.js";
import { resultsNotes } from "./results-notes.js";
import { differenceOf, headlinePairs, headlineSystem, type RowKey, resultRows, scoreOf, taskTitle } from "./results-rows.js";
import { shownSystems, systemStyle } from "./systems.js";
import type { Table, TableCell, TableColumn } from "./table.js";

function failuresCell(base: Score | undefined, tuned: Score | undefined): TableCell {
  if (!base && !tuned) return { text: noValue };
  return { text: `${base ? percent(base.formatFailures) : noValue} → ${tuned ? percent(tuned.formatFailures) : noValue}` };
}

export const pairLabel = ([system, against]: readonly [string, string]): string =>
  `${systemStyle(system).label} − ${systemStyle(against).label}`;

/** The scores and differences that stand in a results table. */
export function shownResults(input: ResultsInput, metrics: "main" | "all"): (Score | Difference | undefined)[] {
  const [systems, pairs] = [shownSystems(input.scores), headlinePairs(input)];
  return resultRows(input, metrics).flatMap((key) => [
    ...systems.map(({ system }) => scoreOf(input, key, system)),
    ...pairs.map((pair) => differenceOf(input, key, pair)),
  ]);
}

/**
 * Builds the results table of a run; lenient reading, all items.
 * @param options.metrics "main" (default): the metric each task is judged by, with averages at the end of each k; "all": every metric,
 *   no averages.
 */
export function resultsTable(input: ResultsInput, { metrics = "main" }: { metrics?: "main" | "all" } = {}): Table {
  const keys = resultRows(input, metrics);
  const systems = shownSystems(input.scores);
  const headline = headlineSystem(input);
  const pairs = headlinePairs(input);
  const left = (label: string): TableColumn => ({ label, align: "left" });
  const right = (label: string): TableColumn => ({ label, align: "right" });
  const row = (key: RowKey): TableCell[] => {
    const scores = systems.map(({ system }) => scoreOf(input, key, system));
    const counted = scores.find((score) => score !== undefined);
    return [
      { text: taskTitle(input, key.taskId) },
      { text: isAverage(key.taskId) ? "" : key.metric },
      { text: String(key.k) },
      { text: counted === undefined ? noValue : formatItems(counted) },
      ...scores.map(scoreCell),
      ...pairs.map((pair) => formatDifference(differenceOf(input, key, pair))),
      failuresCell(scoreOf(input, key, "base"), scoreOf(input, key, headline)),
    ];
  };
  return {
    title: `${input.meta.name} · ${input.meta.size}`,
    columns: [
      left("task"),
      left("metric"),
      right("k"),
      right("n"),
      ...systems.map(({ label }) => right(label)),
      ...pairs.map((pair) => right(pairLabel(pair))),
      right("format failures"),
    ],
    rows: keys.map(row),
    keyColumns: 4,
    footnotes: [...resultsNotes(input, { headline }), ...agreementNote(shownResults(input, metrics))],
  };
}
