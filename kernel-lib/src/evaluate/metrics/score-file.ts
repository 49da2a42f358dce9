// What the verb `score` does with a task: all of its metrics for a file of predictions, against the task's gold answers or those of a file.
import { z } from "zod";
import { InputError, readJsonl } from "../../runtime/index.js";
import { openTask, type TaskItem } from "../tasks/index.js";
import { type AnswerReading, answeredItem } from "./answered-item.js";
import { type Metric, metricByName } from "./metrics.js";
import { type FiledAnswer, readAnswerFile } from "./prediction-file.js";

const goldSchema = z.strictObject({ id: z.string(), golds: z.array(z.string()).min(1) });

export interface FileScore {
  taskId: string;
  /** The system and k where the file tells them. */
  system?: string;
  k?: number;
  metric: string;
  /** The answers scored. */
  n: number;
  /** Of the answers' best readings, in percent, 0–100, as in this project's tables. */
  value: number;
  /** The same of answers in exactly the asked format; any other is wrong. */
  strict: number;
  /** Share of answers that lack the asked format, 0–1. */
  formatFailures: number;
  /** Answers whose text was withheld when they were published: they are in none of these figures. */
  withheld: number;
  /** The metric of each item's best reading alone, in percent. */
  items: { id: string; value: number }[];
}

export interface ScoreFileOptions {
  taskId: string;
  /** Lines of predictions.jsonl as an evaluation writes them, or `{"id", "prediction"}`. */
  predictionsPath: string;
  /** Lines `{"id", "golds": [..]}` that take the place of the task's gold answers. */
  goldPath?: string;
  /** Where the benchmark's files are, as for `openTask`. */
  from?: string;
  /** One metric; default all of the task's. */
  metric?: string;
}

function readGolds(path: string | undefined, items: ReadonlyMap<string, TaskItem>): Map<string, string[]> {
  const golds = new Map<string, string[]>();
  if (path === undefined) return golds;
  for (const { id, golds: right } of readJsonl(path, goldSchema, "gold answer")) {
    if (!items.has(id))
      throw new InputError({
        got: `${path}: item "${id}"`,
        allowed: `ids of the task, such as "${[...items.keys()][0]}"`,
        todo: "correct the id",
      });
    golds.set(id, right);
  }
  return golds;
}

function percentOf(metric: Metric, rows: readonly (readonly number[])[]): number {
  const sums = new Float64Array(metric.width);
  for (const row of rows) for (let column = 0; column < metric.width; column++) sums[column]! += row[column]!;
  return 100 * metric.value(sums);
}

/**
 * One score a (system, k, metric); several draws of demonstrations are pooled.
 * @throws InputError for an unknown task or metric, a file that is missing or malformed, an unknown item.
 */
export function scoreFile(options: ScoreFileOptions): FileScore[] {
  const { task, items: splits } = openTask({ taskId: options.taskId, ...(options.from !== undefined && { from: options.from }) });
  const metrics = (options.metric === undefined ? task.metrics : [options.metric]).map((name) => metricByName(name, task.labels));
  const items = new Map(splits.test.map((item) => [item.id, item]));
  const golds = readGolds(options.goldPath, items);
  const groups = new Map<string, FiledAnswer[]>();
  for (const row of readAnswerFile({ path: options.predictionsPath, task, items })) {
    const key = JSON.stringify([row.system, row.k]);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()].flatMap((group) => {
    const { system, k } = group[0]!;
    const rows = group.filter(({ withheldWords }) => withheldWords === undefined);
    const tallies = (metric: Metric, reading: AnswerReading): (readonly number[])[] =>
      rows.map((prediction) => {
        const own = golds.get(prediction.itemId);
        return metric.tally(
          answeredItem({ prediction, item: items.get(prediction.itemId)!, reading, ...(own && { golds: own }) }),
        );
      });
    return metrics.map((metric): FileScore => {
      const lenient = tallies(metric, "lenient");
      return {
        taskId: task.id,
        ...(system !== undefined && { system }),
        ...(k !== undefined && { k }),
        metric: metric.name,
        n: rows.length,
        value: percentOf(metric, lenient),
        strict: percentOf(metric, tallies(metric, "strict")),
        formatFailures: rows.filter(({ strict }) => strict === null).length / Math.max(1, rows.length),
        withheld: group.length - rows.length,
        items: lenient.map((row, index) => ({ id: rows[index]!.itemId, value: percentOf(metric, [row]) })),
      };
    });
  });
}
