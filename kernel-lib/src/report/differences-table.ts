// Every comparison of a run: each system against what it should beat, task by task and on average, as paired differences.
import { averageTaskId } from "../evaluate/index.js";
import type { ResultsInput } from "./report-input.js";
import { formatDifference } from "./results-table.js";
import { systemStyle } from "./systems.js";
import type { Table } from "./table.js";

/** A row a pair of systems and k, a column a task. */
export function differencesTable(input: ResultsInput): Table {
  const mains = input.differences.filter(
    ({ taskId, metric }) => taskId === averageTaskId || metric === input.origins[taskId]?.mainMetric,
  );
  const tasks = [...new Set(mains.map(({ taskId }) => taskId))];
  const pairs = new Map(mains.map((row) => [JSON.stringify([row.k, row.system, row.against]), row]));
  return {
    title: "Paired differences in points, 95 % bootstrap intervals",
    columns: [
      { label: "system", align: "left" },
      { label: "against", align: "left" },
      { label: "k", align: "right" },
      ...tasks.map((taskId) => ({ label: input.origins[taskId]?.title ?? taskId, align: "right" as const })),
    ],
    rows: [...pairs.values()].map(({ system, against, k }) => [
      { text: systemStyle(system).label },
      { text: systemStyle(against).label },
      { text: String(k) },
      ...tasks.map((taskId) =>
        formatDifference(
          mains.find((row) => row.taskId === taskId && row.k === k && row.system === system && row.against === against),
        ),
      ),
    ]),
    keyColumns: 3,
    footnotes: ["* the interval does not hold 0. No correction for the number of comparisons is made here."],
  };
}
