// The same answers read in several ways: a base model that never writes the asked format scores nothing strictly, something leniently,
// and may still find the right label likeliest.
import { isAverage, type Reading, readings } from "../evaluate/index.js";
import { agreementNote } from "./agreement-note.js";
import { noValue, percent, scoreCell } from "./format-score.js";
import type { ResultsInput } from "./report-input.js";
import { scoreNotes } from "./results-notes.js";
import { resultRows, scoreOf, taskTitle } from "./results-rows.js";
import { shownSystems } from "./systems.js";
import type { Table } from "./table.js";

const labels: Readonly<Record<Reading, string>> = {
  lenient: "lenient",
  strict: "strict",
  likelihood: "likeliest label",
  "likelihood-per-token": "likeliest, per token",
};

/** A row a task, k and system; only the readings that were scored. Main metrics. */
export function readingsTable(input: ResultsInput): Table {
  const scored = new Set(input.scores.map(({ reading }) => reading));
  const shown = readings.filter((reading) => scored.has(reading));
  const rows = resultRows(input).flatMap((key) =>
    shownSystems(input.scores).flatMap(({ system, label }) => {
      const score = scoreOf(input, key, system);
      return score ? [{ key, system, label, score }] : [];
    }),
  );
  return {
    title: "What of an answer is scored",
    columns: [
      { label: "task", align: "left" },
      { label: "k", align: "right" },
      { label: "system", align: "left" },
      ...shown.map((reading) => ({ label: labels[reading], align: "right" as const })),
      { label: "format failures", align: "right" },
      { label: "no answer", align: "right" },
    ],
    rows: rows.map(({ key, system, label, score }) => [
      { text: `${taskTitle(input, key.taskId)}${isAverage(key.taskId) ? "" : `, ${key.metric}`}` },
      { text: String(key.k) },
      { text: label },
      ...shown.map((reading) => scoreCell(scoreOf(input, key, system, { reading }))),
      { text: percent(score.formatFailures) },
      { text: score.errors === 0 ? noValue : String(score.errors) },
    ]),
    keyColumns: 3,
    footnotes: [
      "Lenient: the best reading of the text. Strict: the text where it has exactly the asked format, else nothing.",
      ...(shown.includes("likelihood")
        ? [
            "Likeliest label: the sum of its tokens' log-probabilities after the prompt, or that sum per token; nothing is written.",
          ]
        : []),
      ...scoreNotes(input),
      ...agreementNote(rows.flatMap(({ key, system }) => shown.map((reading) => scoreOf(input, key, system, { reading })))),
    ],
  };
}
