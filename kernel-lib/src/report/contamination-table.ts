// What of the test items was found in what is trained on, shown or retrieved from.
import { type ContaminationReport, cleanItems, type FindingKind, findingKinds } from "../evaluate/index.js";
import { type Table, tableFromRecords } from "./table.js";

/** One row a task: the items with a finding of each kind, wherever it was found, and those that stay in the clean subset. */
export function contaminationTable({ records, tasks, findings }: ContaminationReport): Table {
  const itemsWith = (taskId: string, kind: FindingKind): number =>
    new Set(findings.filter((found) => found.taskId === taskId && found.kind === kind).map(({ itemId }) => itemId)).size;
  const searched = Object.entries(records)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}${count === 1 ? "" : "s"}`);
  const mini = tasks.filter(({ origin }) => origin === "mini").map(({ taskId }) => taskId);
  const short = tasks.filter((task) => task.short > 0).map((task) => `${task.short} of ${task.taskId}`);
  return tableFromRecords(
    "Test items found elsewhere",
    tasks.map(({ taskId, items, clean }) => ({
      task: taskId,
      items,
      ...Object.fromEntries(findingKinds.map((kind) => [kind, itemsWith(taskId, kind)])),
      clean: clean.length,
      "clean, no shared 8-gram": cleanItems({ records, tasks, findings }, taskId, { strict: true })?.size,
    })),
    [
      `Searched: ${searched.join(", ") || "nothing"}.`,
      "An 8-gram is a shared run of 8 to 12 words; alone it contaminates an item only where 70 % of the item's 8-grams are shared.",
      ...(short.length > 0 ? [`Shorter than 8 words, so found as a whole only: ${short.join(", ")}.`] : []),
      ...(mini.length > 0 ? [`Mini set, which says nothing about the benchmark: ${mini.join(", ")}.`] : []),
    ],
  );
}
