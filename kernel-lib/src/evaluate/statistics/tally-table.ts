// Answers of one system to one task at one k in one reading, as rows of counts: what scores, differences and averages are computed from.
import { InputError } from "../../runtime/index.js";
import { goldsOf } from "../metrics/answered-item.js";
import { type Metric, metricByName } from "../metrics/metrics.js";
import { isFormatted, type ScorableAnswer, tallyAnswer } from "../metrics/withheld-counts.js";
import type { Likelihood, Prediction, Reading } from "../rows.js";
import type { BenchmarkTask, MetricName, TaskItem } from "../tasks/index.js";

/** What tables are made of: an answer with its place in them. */
export type TalliedAnswer = ScorableAnswer & Pick<Prediction, "system" | "k" | "itemId" | "draw" | "error">;

/** The predictions of one or several systems on a task, with the items they answer; published ones too. */
export interface TaskPredictions {
  task: BenchmarkTask;
  items: readonly TaskItem[];
  predictions: readonly TalliedAnswer[];
}

export interface TallyTable {
  system: string;
  k: number;
  reading: Reading;
  /** The answered items, in the order of `items`. */
  itemIds: string[];
  /** The cluster of each, numbered from 0; absent where every item stands alone. */
  clusters: Int32Array | undefined;
  /** One row an item, the metrics' counts side by side; several draws of demonstrations are summed. */
  tallies: Float64Array;
  width: number;
  /** Where each metric's counts begin. */
  columns: { metric: Metric; offset: number }[];
  /** Each draw's rows summed, in order of draw. */
  drawSums: Float64Array[];
  /** Share of answers that lack the asked format, 0–1. */
  formatFailures: number;
  /** Answers that are missing because their requests failed. */
  errors: number;
}

/** What the likelihood readings are scored by: the metrics that look at one label. */
const labelMetrics: readonly MetricName[] = ["accuracy", "macro-f1", "token-f1", "box-f1", "exact-match"];

/** An answer as a reading sees it. */
interface ReadAnswer extends Pick<Prediction, "system" | "k" | "itemId" | "draw"> {
  tally(metric: Metric, item: TaskItem): readonly number[];
  malformed: boolean;
  failed: boolean;
}

/** The metric's value from a table's summed row. */
export const metricValue = ({ metric, offset }: TallyTable["columns"][number], sums: Float64Array, shift = 0): number =>
  metric.value(sums.subarray(shift + offset, shift + offset + metric.width));

function readPrediction(prediction: TalliedAnswer, reading: "lenient" | "strict"): ReadAnswer {
  const { system, k, itemId, draw, error } = prediction;
  return {
    system,
    k,
    itemId,
    draw,
    tally(metric, item) {
      const counts = tallyAnswer({ metric, prediction, item, reading });
      if (counts !== null) return counts;
      throw new InputError({
        got: `${system}'s answer to "${itemId}" without its text and without its counts of ${metric.name}`,
        todo: "score the run's own answers",
      });
    },
    malformed: !isFormatted(prediction),
    failed: error !== undefined,
  };
}

/** The likeliest label, the first of equals; null where the request failed. */
function readLikelihood({ system, k, itemId, draw, labels, error }: Likelihood, perToken: boolean): ReadAnswer {
  let chosen: string | null = null;
  let best = Number.NEGATIVE_INFINITY;
  for (const { label, logprob, tokens } of error === undefined ? labels : []) {
    const likelihood = perToken ? logprob / tokens : logprob;
    if (likelihood > best) [chosen, best] = [label, likelihood];
  }
  return {
    system,
    k,
    itemId,
    draw,
    tally: (metric, item) => metric.tally({ text: chosen ?? "", reading: chosen, ...goldsOf(item) }),
    malformed: chosen === null,
    failed: error !== undefined,
  };
}

/** Numbers the documents of items from 0, an item without one being its own; undefined where no two items share one. */
export function clustersOf(items: readonly TaskItem[]): Int32Array | undefined {
  const numbers = new Map<string, number>();
  const clusters = Int32Array.from(items, ({ id, document }) => {
    const key = document === undefined ? `item ${id}` : `document ${document}`;
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  });
  return numbers.size === items.length ? undefined : clusters;
}

function tallyGroup(options: {
  task: BenchmarkTask;
  items: readonly TaskItem[];
  answers: readonly ReadAnswer[];
  metrics: readonly Metric[];
  reading: Reading;
}): TallyTable {
  const { task, items, answers, metrics, reading } = options;
  let width = 0;
  const columns = metrics.map((metric) => {
    const column = { metric, offset: width };
    width += metric.width;
    return column;
  });
  const known = new Map(items.map((item) => [item.id, item]));
  const rows = new Map<string, Float64Array>();
  const draws = new Map<number, Float64Array>();
  for (const answer of answers) {
    const item = known.get(answer.itemId);
    if (item === undefined)
      throw new InputError({
        got: `a prediction for item "${answer.itemId}", which is not among the scored items of ${task.id}`,
        todo: "score the file against the benchmark it was made on",
      });
    const row = rows.get(item.id) ?? new Float64Array(width);
    rows.set(item.id, row);
    const sums = draws.get(answer.draw) ?? new Float64Array(width);
    draws.set(answer.draw, sums);
    for (const { metric, offset } of columns) {
      const counts = answer.tally(metric, item);
      for (let column = 0; column < metric.width; column++) {
        row[offset + column]! += counts[column]!;
        sums[offset + column]! += counts[column]!;
      }
    }
  }
  const scored = items.filter(({ id }) => rows.has(id));
  const tallies = new Float64Array(scored.length * width);
  scored.forEach(({ id }, index) => {
    tallies.set(rows.get(id)!, index * width);
  });
  return {
    system: answers[0]!.system,
    k: answers[0]!.k,
    reading,
    itemIds: scored.map(({ id }) => id),
    clusters: clustersOf(scored),
    tallies,
    width,
    columns,
    drawSums: [...draws].sort(([a], [b]) => a - b).map(([, sums]) => sums),
    formatFailures: answers.filter(({ malformed }) => malformed).length / answers.length,
    errors: answers.filter(({ failed }) => failed).length,
  };
}

function tallyGroups(
  options: { task: BenchmarkTask; items: readonly TaskItem[]; metrics: readonly Metric[]; reading: Reading },
  answers: readonly ReadAnswer[],
): TallyTable[] {
  const groups = new Map<string, ReadAnswer[]>();
  for (const answer of answers) {
    const key = JSON.stringify([answer.system, answer.k]);
    const group = groups.get(key);
    if (group) group.push(answer);
    else groups.set(key, [answer]);
  }
  return [...groups.values()].map((group) => tallyGroup({ ...options, answers: group }));
}

/**
 * One table a (system, k), in order of first appearance.
 * @param options.metrics names; default the task's own
 * @throws InputError for an unknown metric, a prediction of an unknown item or one that was withheld without its counts.
 */
export function tallyPredictions(
  options: TaskPredictions & { metrics?: readonly string[]; reading?: "lenient" | "strict" },
): TallyTable[] {
  const { task, items, predictions, reading = "lenient" } = options;
  const metrics = (options.metrics ?? task.metrics).map((name) => metricByName(name, task.labels));
  return tallyGroups(
    { task, items, metrics, reading },
    predictions.map((prediction) => readPrediction(prediction, reading)),
  );
}

/** As {@link tallyPredictions}, of the labels that the model finds likeliest; only the task's metrics that score one label. */
export function tallyLikelihoods(options: {
  task: BenchmarkTask;
  items: readonly TaskItem[];
  likelihoods: readonly Likelihood[];
  reading: "likelihood" | "likelihood-per-token";
}): TallyTable[] {
  const { task, items, likelihoods, reading } = options;
  const metrics = task.metrics.filter((name) => labelMetrics.includes(name)).map((name) => metricByName(name, task.labels));
  return tallyGroups(
    { task, items, metrics, reading },
    likelihoods.map((row) => readLikelihood(row, reading === "likelihood-per-token")),
  );
}
