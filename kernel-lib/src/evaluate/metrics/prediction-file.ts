// Reads a file of answers to a task: what an evaluation or `publish` wrote, or bare `{"id", "prediction"}` lines.
import { z } from "zod";
import { InputError, readJsonl } from "../../runtime/index.js";
import { type Prediction, predictionSchema } from "../rows.js";
import type { BenchmarkTask, TaskItem } from "../tasks/index.js";
import { extractAnswer, readAnswers } from "./extract-answer.js";
import { type ScorableAnswer, withheldCountsSchema } from "./withheld-counts.js";

/** A prediction as `publish` leaves it: where the text repeats the benchmark it is left out, and its length and its counts stand for it. */
export const publishedPredictionSchema = predictionSchema.extend({
  withheldWords: z.number().int().optional(),
  withheldCounts: withheldCountsSchema.optional(),
});
const plainPredictionSchema = z.strictObject({ id: z.string(), prediction: z.string() });

/** An answer with where it came from, as far as the file tells. */
export interface FiledAnswer extends ScorableAnswer, Pick<Prediction, "itemId"> {
  system?: string;
  k?: number;
  draw?: number;
}

/**
 * The answers to one task, read by today's rules; those to other tasks are passed over.
 * @throws InputError for a file that is missing, malformed (with its line) or holds no answer to the task, for an item that the task
 * does not have and for one that is answered twice in the same way.
 */
export function readAnswerFile(options: {
  path: string;
  task: BenchmarkTask;
  items: ReadonlyMap<string, TaskItem>;
}): FiledAnswer[] {
  const { path, task, items } = options;
  const form = z.union(
    [publishedPredictionSchema, plainPredictionSchema],
    'neither {"id", "prediction"} nor what an evaluation writes',
  );
  const rows = readJsonl(path, form, "prediction");
  const mine = rows.filter((row) => !("taskId" in row) || row.taskId === task.id);
  if (mine.length === 0) {
    const others = [...new Set(rows.map((row) => ("taskId" in row ? row.taskId : "")))].join(", ");
    throw new InputError({
      got: `${path} holds no prediction for ${task.id}`,
      ...(others && { allowed: others }),
      todo: "check the path and the task",
    });
  }
  const seen = new Set<string>();
  return mine.flatMap((row): FiledAnswer[] => {
    const [itemId, key] = "itemId" in row ? [row.itemId, [row.itemId, row.system, row.k, row.draw]] : [row.id, [row.id]];
    const item = items.get(itemId);
    if (item === undefined)
      throw new InputError({
        got: `${path}: item "${itemId}"`,
        allowed: `ids of ${task.id}, such as "${[...items.keys()][0]}"`,
        todo: "score the file against the benchmark it was made on",
      });
    if (seen.has(JSON.stringify(key)))
      throw new InputError({ got: `${path}: item "${itemId}" twice`, allowed: "one answer an item", todo: "remove one" });
    seen.add(JSON.stringify(key));
    if ("itemId" in row)
      return row.withheldWords === undefined ? readAnswers({ predictions: [row], task, items: [item] }) : [row];
    return [{ itemId, raw: row.prediction, ...extractAnswer({ raw: row.prediction, task, input: item.input }) }];
  });
}
