// The paper's numbers beside this run's, dataset by dataset: base, self-specialised and what changed.
import { averageTaskId, isAverage } from "../evaluate/index.js";
import { agreementNote } from "./agreement-note.js";
import { formatDifference, formatPoints, noValue, scoreCell } from "./format-score.js";
import type { PaperValue } from "./paper.js";
import { datasetShots, type PaperComparison, type PaperTables, paperAverage, paperDataset } from "./paper-comparison.js";
import { paperDatasets } from "./paper-datasets.js";
import type { ResultsInput } from "./report-input.js";
import { differenceOf, headlineSystem, type RowKey, resultRows, scoreOf, taskTitle } from "./results-rows.js";
import { systemStyle } from "./systems.js";
import type { Table, TableCell } from "./table.js";

/** "23.9 ±2.1†": ± is the half-length of the paper's error bar, † marks what is inferred and not printed. */
function paperCell(value: PaperValue | undefined): TableCell {
  if (value === undefined) return { text: noValue };
  const bar = value.bar === undefined ? "" : ` ±${value.bar.halfLength.toFixed(1)}`;
  return { text: `${formatPoints(value.value)}${bar}${value.inferred === undefined ? "" : "†"}` };
}

/** The paper's values for a row of ours, at its own k. */
function paperSide(paper: PaperTables, { taskId, k }: RowKey): PaperComparison | undefined {
  if (taskId === averageTaskId) return paperAverage(paper, k);
  const dataset = paperDatasets[taskId];
  return dataset === undefined || k !== datasetShots ? undefined : paperDataset(paper, dataset);
}

/**
 * A row a task that the paper has too, at the paper's k, and a row an average; empty where this run shares no domain or no k with it.
 * The models differ by two orders of magnitude in size and the metrics in their rules: directions compare, heights do not.
 */
export function paperTable(input: ResultsInput, paper: PaperTables): Table {
  const headline = headlineSystem(input);
  const rows = paper.large.domain === input.meta.domain ? resultRows(input) : [];
  const tasks = new Set(rows.map(({ taskId }) => taskId).filter((taskId) => !isAverage(taskId))).size;
  const shared = rows.flatMap((key) => {
    const side = paperSide(paper, key);
    const here = [
      scoreOf(input, key, "base"),
      scoreOf(input, key, headline),
      differenceOf(input, key, [headline, "base"]),
    ] as const;
    return side === undefined ? [] : [{ key, side, here }];
  });
  return {
    title: "Beside the paper",
    columns: [
      { label: "task", align: "left" },
      { label: "k", align: "right" },
      { label: "paper's model", align: "left" },
      { label: "paper: base", align: "right" },
      { label: "self-specialised", align: "right" },
      { label: "change", align: "right" },
      { label: "metric here", align: "left" },
      { label: "here: base", align: "right" },
      { label: systemStyle(headline).label, align: "right" },
      { label: "change", align: "right" },
    ],
    rows: shared.map(({ key, side: { model, base, tuned }, here: [ourBase, ourTuned, difference] }) => [
      { text: taskTitle(input, key.taskId) },
      { text: String(key.k) },
      { text: model },
      paperCell(base),
      paperCell(tuned),
      { text: base && tuned ? formatPoints(tuned.value - base.value, { sign: true }) : noValue },
      { text: key.taskId === averageTaskId ? `main, ${tasks} tasks` : key.metric },
      scoreCell(ourBase),
      scoreCell(ourTuned),
      formatDifference(difference),
    ]),
    keyColumns: 2,
    footnotes: [
      "The paper's values are F1 as printed on the first author's poster (data/paper/README.md); † its k is inferred, not printed; ± is the half-length of its error bar, measured in pixels, its meaning not stated.",
      "Different models, test sizes and metrics: compare directions, not heights. The paper's average is over its ten datasets, ours over the tasks of this run; which answer of PubMedQA the paper scores is inferred.",
      ...agreementNote(shared.flatMap(({ here }) => here)),
    ],
  };
}
