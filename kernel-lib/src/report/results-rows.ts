// The rows that results tables have in common: which task, metric and k, in which order, and how to find their scores and differences.
import {
  averageMetric,
  averageTaskId,
  averageWithoutId,
  type Difference,
  isAverage,
  type Reading,
  type Score,
  type Subset,
} from "../evaluate/index.js";
import type { ResultsInput } from "./report-input.js";

type ScoredInput = Pick<ResultsInput, "scores" | "origins">;

export interface RowKey {
  taskId: string;
  metric: string;
  k: number;
}

/** What of an answer, and which items; default the lenient reading of all. */
export interface View {
  reading?: Reading;
  subset?: Subset;
}

const isIn =
  ({ reading = "lenient", subset = "all" }: View) =>
  (row: Score | Difference): boolean =>
    row.reading === reading && row.subset === subset;

/** The scores that tables lead with: lenient, all items. */
export const leadingScores = ({ scores }: Pick<ResultsInput, "scores">): Score[] => scores.filter(isIn({}));

/** The metric a task is judged by; for a task without an entry in `origins`, the first that was scored. */
export function mainMetricOf({ origins, scores }: ScoredInput, taskId: string): string {
  if (isAverage(taskId)) return averageMetric;
  return origins[taskId]?.mainMetric ?? scores.find((score) => score.taskId === taskId)!.metric;
}

/** Rows by k, within it the tasks in the order of scoring and the averages at the end. */
export function resultRows(input: ScoredInput, metrics: "main" | "all" = "main"): RowKey[] {
  const keys = new Map<string, RowKey>();
  for (const { taskId, metric, k } of leadingScores(input))
    if (metrics === "main" ? metric === mainMetricOf(input, taskId) : !isAverage(taskId))
      keys.set(JSON.stringify([taskId, metric, k]), { taskId, metric, k });
  const order = [...new Set([...keys.values()].map(({ taskId }) => taskId))];
  const place = (taskId: string): number => order.indexOf(taskId) + (isAverage(taskId) ? order.length : 0);
  return [...keys.values()].sort((a, b) => a.k - b.k || place(a.taskId) - place(b.taskId) || a.metric.localeCompare(b.metric));
}

/** How a task is called in a table; the mini set is named wherever it stands. */
export function taskTitle({ origins }: Pick<ResultsInput, "origins">, taskId: string): string {
  if (taskId === averageTaskId) return "average";
  if (taskId === averageWithoutId) return "average without Yesno and Drugs";
  const origin = origins[taskId];
  return `${origin?.title ?? taskId}${origin?.origin === "mini" ? " (mini set)" : ""}`;
}

const isFor =
  (key: RowKey) =>
  (row: RowKey): boolean =>
    row.taskId === key.taskId && row.metric === key.metric && row.k === key.k;

export const scoreOf = (input: Pick<ResultsInput, "scores">, key: RowKey, system: string, view: View = {}): Score | undefined =>
  input.scores.find((row) => row.system === system && isFor(key)(row) && isIn(view)(row));

export const differenceOf = (
  input: Pick<ResultsInput, "differences">,
  key: RowKey,
  [system, against]: readonly [string, string],
  view: View = {},
): Difference | undefined =>
  input.differences.find((row) => row.system === system && row.against === against && isFor(key)(row) && isIn(view)(row));

/** From the plainest to the furthest: the last of these that was scored is what a table compares with the base. */
const headlines = ["self-specialised", "round-3", "round-2", "checked-both", "checked", "seeds-only"];

/** The system whose differences stand beside the scores: self-specialised, or where a run has none the furthest adapter. */
export function headlineSystem({ scores }: Pick<ResultsInput, "scores">): string {
  const scored = new Set(scores.map(({ system }) => system));
  return headlines.find((system) => scored.has(system)) ?? "self-specialised";
}

/** The comparisons of the headline system that a results table has room for. */
export function headlinePairs(input: Pick<ResultsInput, "scores" | "differences">): [string, string][] {
  const system = headlineSystem(input);
  return ["base", "seeds-only"]
    .filter((against) => input.differences.some((row) => row.system === system && row.against === against))
    .map((against): [string, string] => [system, against]);
}

/** The differences that one table corrects together: main metrics and averages, lenient, all items. */
export const leadingDifferences = (input: ResultsInput): Difference[] =>
  input.differences.filter((row) => isIn({})(row) && row.metric === mainMetricOf(input, row.taskId));
