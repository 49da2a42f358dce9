// Predictions of one system on one task at one k, as rows of counts: what scores, differences and averages are all computed from.
import { InputError } from "../../runtime/index.js";
import { firstParagraph } from "../metrics/extract-answer.js";
import { type Metric, metricByName } from "../metrics/metrics.js";
import type { Prediction } from "../rows.js";
import type { BenchmarkTask, TaskItem } from "../tasks/index.js";

/** The predictions of one or several systems on a task, with the items they answer. */
export interface TaskPredictions {
  task: BenchmarkTask;
  items: readonly TaskItem[];
  predictions: readonly Prediction[];
}

export interface TallyTable {
  system: string;
  k: number;
  /** The answered items, in the order of `items`. */
  itemIds: string[];
  /** One row an item, the metrics' counts side by side; several draws of demonstrations are summed. */
  tallies: Float64Array;
  width: number;
  /** Where each metric's counts begin. */
  columns: { metric: Metric; offset: number }[];
  /** Share of predictions without an answer in the asked format, 0–1. */
  formatFailures: number;
}

/** The metric's value from a table's summed row. */
export function statisticOf({ metric, offset }: TallyTable["columns"][number], shift = 0): (sums: Float64Array) => number {
  const from = offset + shift;
  return (sums) => metric.value(sums.subarray(from, from + metric.width));
}

function tallyGroup(options: TaskPredictions & { system: string; k: number; metrics: readonly Metric[] }): TallyTable {
  const { task, items, predictions, system, k, metrics } = options;
  let width = 0;
  const columns = metrics.map((metric) => {
    const column = { metric, offset: width };
    width += metric.width;
    return column;
  });
  const known = new Map(items.map((item) => [item.id, item]));
  const rows = new Map<string, Float64Array>();
  for (const { itemId, raw, lenient } of predictions) {
    const item = known.get(itemId);
    if (item === undefined)
      throw new InputError({
        got: `a prediction for item "${itemId}", which is not among the scored items of ${task.id}`,
        todo: "score the file against the benchmark it was made on",
      });
    const row = rows.get(itemId) ?? new Float64Array(width);
    rows.set(itemId, row);
    const answered = { text: firstParagraph(raw), reading: lenient, golds: item.golds ?? [item.gold] };
    const counts = metrics.flatMap((metric) => metric.tally(answered));
    for (let column = 0; column < width; column++) row[column]! += counts[column]!;
  }
  const itemIds = items.map(({ id }) => id).filter((id) => rows.has(id));
  const tallies = new Float64Array(itemIds.length * width);
  itemIds.forEach((id, index) => {
    tallies.set(rows.get(id)!, index * width);
  });
  const failures = predictions.filter(({ strict }) => strict === null).length;
  return { system, k, itemIds, tallies, width, columns, formatFailures: failures / predictions.length };
}

/**
 * One table a (system, k), in order of first appearance.
 * @param options.metrics names; default the task's own
 * @throws InputError for an unknown metric or a prediction of an unknown item.
 */
export function tallyPredictions(options: TaskPredictions & { metrics?: readonly string[] }): TallyTable[] {
  const { task, items, predictions } = options;
  const metrics = (options.metrics ?? task.metrics).map((name) => metricByName(name, task.labels));
  const groups = new Map<string, Prediction[]>();
  for (const prediction of predictions) {
    const key = JSON.stringify([prediction.system, prediction.k]);
    const group = groups.get(key);
    if (group) group.push(prediction);
    else groups.set(key, [prediction]);
  }
  return [...groups.values()].map((group) => {
    const { system, k } = group[0]!;
    return tallyGroup({ task, items, predictions: group, system, k, metrics });
  });
}
