// Printed before an evaluation: which differences its items could show at all.
import { type DetectableOptions, detectableDifferences } from "../evaluate/index.js";
import { formatItems, formatPoints } from "./format-score.js";
import type { Table } from "./table.js";

/** A row a task: the smallest difference of two systems that its items can show with 80 % power. */
export function detectableTable(options: DetectableOptions & { shots: readonly number[] }): Table {
  const rows = detectableDifferences(options);
  const titles = new Map(options.parts.map(({ task }) => [task.id, `${task.title}, ${task.metrics[0]}`]));
  return {
    title: "What these items can show",
    columns: [
      { label: "task", align: "left" },
      { label: "k", align: "right" },
      { label: "n", align: "right" },
      { label: "smallest difference, alone", align: "right" },
      { label: "after correction", align: "right" },
      { label: "spread of an item's difference", align: "right" },
      { label: "its source", align: "left" },
    ],
    rows: rows.map(({ taskId, n, clusters, spread, alone, corrected }) => [
      { text: titles.get(taskId)! },
      { text: options.shots.join(", ") },
      { text: formatItems({ n, clusters }) },
      { text: formatPoints(alone) },
      { text: formatPoints(corrected) },
      { text: formatPoints(spread.deviation) },
      { text: spread.source },
    ]),
    footnotes: [
      "In points: a true difference of this size is found with 80 % power by a two-sided paired test, at alpha 0.05 for one comparison alone, or divided by the comparisons of the whole table. A smaller one will most likely not show.",
      ...(rows.some(({ n, clusters }) => clusters < n)
        ? ["n: items/documents; items of one document are taken as one, which is the cautious reading."]
        : []),
    ],
  };
}
