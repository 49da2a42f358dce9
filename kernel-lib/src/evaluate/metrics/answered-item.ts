// A prediction beside its item's gold answers: what metrics are given.
import type { Prediction } from "../rows.js";
import type { TaskItem } from "../tasks/index.js";
import { firstParagraph } from "./answer-text.js";
import type { AnsweredItem } from "./metrics.js";

/** What a metric may be told of an answer: `lenient`, its best reading; `strict`, the same where the format is right, else nothing. */
export type AnswerReading = "lenient" | "strict";

/** What is right for an item, in every form that a metric may ask for. */
export const goldsOf = ({ gold, golds, labels, parts }: TaskItem): Pick<AnsweredItem, "golds" | "labels" | "parts"> => ({
  golds: golds ?? [gold],
  ...(labels && { labels }),
  ...(parts && { parts }),
});

/**
 * An answer as metrics see it. Read leniently, text metrics score its first paragraph; read strictly, what has the asked format, else
 * the empty text. A failed request has the empty text in both: it is wrong, and counts.
 */
export function answeredItem(options: {
  prediction: Pick<Prediction, "raw" | "strict" | "lenient">;
  item: TaskItem;
  reading?: AnswerReading;
}): AnsweredItem {
  const { prediction, item, reading = "lenient" } = options;
  return {
    text: reading === "lenient" ? firstParagraph(prediction.raw) : (prediction.strict ?? ""),
    reading: prediction[reading],
    ...goldsOf(item),
  };
}
