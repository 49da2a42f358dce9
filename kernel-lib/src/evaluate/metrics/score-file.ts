// What the verb `score` does: metrics for a file of predictions, against a benchmark task's gold answers or the gold in the file itself.
import { z } from "zod";
import { InputError, readJsonl } from "../../runtime/index.js";
import { type Prediction, predictionSchema } from "../rows.js";
import { type BenchmarkTask, openTask, type TaskItem } from "../tasks/index.js";
import { extractAnswer, firstParagraph } from "./extract-answer.js";
import { type Metric, metricByName } from "./metrics.js";

const pairSchema = z.strictObject({ id: z.string(), prediction: z.string(), golds: z.array(z.string()).min(1) });
const plainPredictionSchema = z.strictObject({ id: z.string(), prediction: z.string() });
const goldSchema = z.strictObject({ id: z.string(), golds: z.array(z.string()).min(1) });

export interface FileScore {
  /** The task, the system and k where the file tells them. */
  taskId?: string;
  system?: string;
  k?: number;
  metric: string;
  n: number;
  /** In percent, 0–100, as everywhere in this project. */
  value: number;
  /** Share of items without an answer in the asked format, 0–1; with a task only. */
  formatFailures?: number;
  /** The metric of each item alone, in percent. */
  items: { id: string; value: number }[];
}

export interface ScoreFileOptions {
  /** A benchmark task, or `pairsPath` and `metric`. */
  taskId?: string;
  /** Lines of predictions.jsonl as an evaluation writes them, or `{"id", "prediction"}`. */
  predictionsPath?: string;
  /** Lines `{"id", "golds": [..]}` that take the place of the task's gold answers. */
  goldPath?: string;
  /** Where the benchmark's files are, as for `openTask`. */
  from?: string;
  /** One metric; default with a task: all of its metrics. */
  metric?: string;
  /** Lines `{"id", "prediction", "golds": [..]}`. */
  pairsPath?: string;
}

interface Scored {
  id: string;
  counts: readonly number[];
}

function summarise(metric: Metric, items: readonly Scored[]): Pick<FileScore, "metric" | "n" | "value" | "items"> {
  const sums = new Float64Array(metric.width);
  for (const { counts } of items) {
    for (let column = 0; column < metric.width; column++) sums[column]! += counts[column]!;
  }
  return {
    metric: metric.name,
    n: items.length,
    value: 100 * metric.value(sums),
    items: items.map(({ id, counts }) => ({ id, value: 100 * metric.value(counts) })),
  };
}

function scorePairs(path: string, metric: Metric): FileScore {
  const pairs = readJsonl(path, pairSchema, "pair");
  const items = pairs.map(({ id, prediction, golds }) => ({
    id,
    counts: metric.tally({ text: prediction, reading: prediction, golds }),
  }));
  return summarise(metric, items);
}

/** An answer as the metrics want it, with where it came from. */
interface ReadPrediction extends Pick<Prediction, "itemId" | "raw" | "strict" | "lenient"> {
  system?: string;
  k?: number;
}

function readPredictions(path: string, task: BenchmarkTask, items: ReadonlyMap<string, TaskItem>): ReadPrediction[] {
  const rows = readJsonl(path, z.union([predictionSchema, plainPredictionSchema]), "prediction");
  return rows.map((row) => {
    const itemId = "itemId" in row ? row.itemId : row.id;
    const item = items.get(itemId);
    if (item === undefined)
      throw new InputError({
        got: `${path}: item "${itemId}"`,
        allowed: `ids of ${task.id}, such as "${[...items.keys()][0]}"`,
        todo: "score the file against the benchmark it was made on",
      });
    if (!("itemId" in row))
      return { itemId, raw: row.prediction, ...extractAnswer({ raw: row.prediction, task, input: item.input }) };
    if (row.taskId !== task.id)
      throw new InputError({ got: `${path}: a prediction for ${row.taskId}`, allowed: task.id, todo: "name that task" });
    return row;
  });
}

function scoreTask(options: ScoreFileOptions & { taskId: string; predictionsPath: string }): FileScore[] {
  const { task, items: splits } = openTask({ taskId: options.taskId, ...(options.from !== undefined && { from: options.from }) });
  const items = new Map(splits.test.map((item) => [item.id, item]));
  const golds = new Map(splits.test.map((item) => [item.id, item.golds ?? [item.gold]]));
  for (const row of options.goldPath === undefined ? [] : readJsonl(options.goldPath, goldSchema, "gold answer")) {
    golds.set(row.id, row.golds);
  }
  const metrics = (options.metric === undefined ? task.metrics : [options.metric]).map((name) => metricByName(name, task.labels));
  const groups = new Map<string, ReadPrediction[]>();
  for (const row of readPredictions(options.predictionsPath, task, items)) {
    const key = JSON.stringify([row.system, row.k]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].flatMap((rows) => {
    const { system, k } = rows[0]!;
    return metrics.map((metric) => ({
      taskId: task.id,
      ...(system !== undefined && { system }),
      ...(k !== undefined && { k }),
      ...summarise(
        metric,
        rows.map(({ itemId, raw, lenient }) => ({
          id: itemId,
          counts: metric.tally({ text: firstParagraph(raw), reading: lenient, golds: golds.get(itemId)! }),
        })),
      ),
      formatFailures: rows.filter(({ strict }) => strict === null).length / rows.length,
    }));
  });
}

/**
 * Scores a file: with `taskId` and `predictionsPath` one score a (system, k, metric); with `metric` and `pairsPath` one score of
 * the pairs as they stand, without any extraction.
 * @throws InputError for an unknown task or metric, a file that is missing or malformed (with its line), an unknown item.
 */
export function scoreFile(options: ScoreFileOptions): FileScore[] {
  const { taskId, predictionsPath, metric, pairsPath } = options;
  if (taskId !== undefined && predictionsPath !== undefined) return scoreTask({ ...options, taskId, predictionsPath });
  if (metric !== undefined && pairsPath !== undefined) return [scorePairs(pairsPath, metricByName(metric))];
  throw new InputError({
    got: "score without what to score",
    allowed: "--task T --predictions F, or --metric NAME --pairs F",
    todo: "give one of these",
  });
}
