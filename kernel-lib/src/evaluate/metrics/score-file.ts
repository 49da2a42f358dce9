// What the verb `score` does with a task: all of its metrics for a file of predictions, against the task's gold answers or those of a file.
import { z } from "zod";
import { InputError, readJsonl } from "../../runtime/index.js";
import { openTask, type TaskItem } from "../tasks/index.js";
import { type AnswerReading, answeredItem } from "./answered-item.js";
import { type Metric, metricByName } from "./metrics.js";
import { type FiledAnswer, readAnswerFile } from "./prediction-file.js";

const goldSchema = z.strictObject({ id: z.string(), golds: z.array(z.string()).min(1), input: z.string().optional() });

export interface FileScore {
  taskId: string;
  /** The system and k where the file tells them. */
  system?: string;
  k?: number;
  metric: string;
  /** The answers scored. */
  n: number;
  /** Of the answers' best readings, in percent, 0–100, as in this project's tables; null where there is no answer to score. */
  value: number | null;
  /** The same of answers in exactly the asked format; any other is wrong. */
  strict: number | null;
  /** Share of answers that lack the asked format, 0–1. */
  formatFailures: number | null;
  /** Answers whose text was withheld when they were published: they are in none of these figures. */
  withheld: number;
  /** Items of the gold file that nobody answered: they are in none of these figures either. */
  unanswered: number;
  /** Whose answers are right: the benchmark's, the mini set's (such scores compare with nothing) or the gold file's. */
  golds: "original" | "mini" | "file";
  /** With `mini`, the sentence that tells why and what to do. */
  notice?: string;
  /** The metric of each item's best reading alone, in percent. */
  items: { id: string; value: number }[];
}

export interface ScoreFileOptions {
  taskId: string;
  /** Lines of predictions.jsonl as an evaluation writes them, or `{"id", "prediction"}`. */
  predictionsPath: string;
  /**
   * Lines `{"id", "golds": [..], "input"?}` that take the place of the task's items: other ids are welcome, and the benchmark is not
   * needed. Names are held against `input`, by default the task's own of that id; without one their format cannot be right.
   */
  goldPath?: string;
  /** Where the benchmark's files are, as for `openTask`. */
  from?: string;
  /** One metric; default all of the task's. */
  metric?: string;
}

/** The items that a gold file gives answers to. @throws InputError where it is malformed or has an id twice. */
function readGolds(path: string, known: ReadonlyMap<string, TaskItem>): Map<string, TaskItem> {
  const items = new Map<string, TaskItem>();
  for (const { id, golds, input = known.get(id)?.input ?? "" } of readJsonl(path, goldSchema, "gold answer")) {
    if (items.has(id))
      throw new InputError({ got: `${path}: item "${id}" twice`, allowed: "one line an item", todo: "remove one" });
    items.set(id, { id, input, gold: golds[0]!, golds });
  }
  return items;
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
  const { goldPath, from } = options;
  const { task, items: splits, origin, notice } = openTask({ taskId: options.taskId, ...(from !== undefined && { from }) });
  const metrics = (options.metric === undefined ? task.metrics : [options.metric]).map((name) => metricByName(name, task.labels));
  const known = new Map(splits.test.map((item) => [item.id, item]));
  const items = goldPath === undefined ? known : readGolds(goldPath, known);
  const provenance =
    goldPath === undefined ? { golds: origin, ...(notice !== undefined && { notice }) } : { golds: "file" as const };
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
      rows.map((prediction) => metric.tally(answeredItem({ prediction, item: items.get(prediction.itemId)!, reading })));
    const scored = <T>(figure: T): T | null => (rows.length === 0 ? null : figure);
    const answered = new Set(group.map(({ itemId }) => itemId));
    return metrics.map((metric): FileScore => {
      const lenient = tallies(metric, "lenient");
      return {
        taskId: task.id,
        ...(system !== undefined && { system }),
        ...(k !== undefined && { k }),
        metric: metric.name,
        n: rows.length,
        value: scored(percentOf(metric, lenient)),
        strict: scored(percentOf(metric, tallies(metric, "strict"))),
        formatFailures: scored(rows.filter(({ strict }) => strict === null).length / rows.length),
        withheld: group.length - rows.length,
        unanswered: goldPath === undefined ? 0 : items.size - answered.size,
        ...provenance,
        items: lenient.map((row, index) => ({ id: rows[index]!.itemId, value: percentOf(metric, [row]) })),
      };
    });
  });
}
