// What a published answer keeps of its score where its text had to be left out: the counts that tables add up, and no word.
import { z } from "zod";
import type { Prediction } from "../rows.js";
import type { BenchmarkTask, TaskItem } from "../tasks/index.js";
import { type AnswerReading, answeredItem } from "./answered-item.js";
import { type Metric, metricByName } from "./metrics.js";

export const withheldCountsSchema = z.strictObject({
  /** The answer had exactly the asked format. */
  formatted: z.boolean(),
  /** Of each of the task's metrics, by name, what its `tally` gave for the answer in each reading. */
  metrics: z.record(z.string(), z.strictObject({ lenient: z.array(z.number()), strict: z.array(z.number()) })),
});
export type WithheldCounts = z.infer<typeof withheldCountsSchema>;

/** What scoring needs of an answer, published or not. */
export interface ScorableAnswer extends Pick<Prediction, "raw" | "strict" | "lenient"> {
  /** Present where the text was withheld: how many words it had. */
  withheldWords?: number | undefined;
  /** Present where the text was withheld, but for answers that were published before counts were kept. */
  withheldCounts?: WithheldCounts | undefined;
}

/** The counts of an answer whose text is about to be withheld, against its item's gold answers. */
export function countWithheld(options: {
  prediction: Pick<Prediction, "raw" | "strict" | "lenient">;
  task: Pick<BenchmarkTask, "labels" | "metrics">;
  item: TaskItem;
}): WithheldCounts {
  const { task, ...answer } = options;
  const [lenient, strict] = [answeredItem({ ...answer, reading: "lenient" }), answeredItem({ ...answer, reading: "strict" })];
  const metrics = task.metrics.map((name): [string, WithheldCounts["metrics"][string]] => {
    const metric = metricByName(name, task.labels);
    return [name, { lenient: [...metric.tally(lenient)], strict: [...metric.tally(strict)] }];
  });
  return { formatted: answer.prediction.strict !== null, metrics: Object.fromEntries(metrics) };
}

/** Whether the answer had the asked format, which a withheld one tells by its counts alone. */
export const isFormatted = ({ strict, withheldCounts }: ScorableAnswer): boolean => withheldCounts?.formatted ?? strict !== null;

/** An answer's counts in a metric; null where its text was withheld and no counts of this metric were kept. */
export function tallyAnswer(options: {
  metric: Metric;
  prediction: ScorableAnswer;
  item: TaskItem;
  reading?: AnswerReading;
}): readonly number[] | null {
  const { metric, prediction, reading = "lenient" } = options;
  if (prediction.withheldWords === undefined) return metric.tally(answeredItem(options));
  const counts = prediction.withheldCounts?.metrics[metric.name]?.[reading];
  return counts?.length === metric.width ? counts : null;
}
