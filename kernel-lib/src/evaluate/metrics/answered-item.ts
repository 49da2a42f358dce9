// A prediction beside its item's gold answers: what metrics are given. One place, so that tables, tests and the verb `score` agree.
import type { Prediction } from "../rows.js";
import type { TaskItem } from "../tasks/index.js";
import { firstParagraph } from "./answer-text.js";
import type { AnsweredItem } from "./metrics.js";

/** What a metric may be told of an answer: `lenient`, its best reading; `strict`, the same where the format is right, else nothing. */
export type AnswerReading = "lenient" | "strict";

/**
 * An answer as metrics see it. Read strictly, an answer in another format is an empty text; read leniently, text metrics score its
 * first paragraph. A failed request has the empty text as well: it is wrong, and counts.
 * @param options.golds in place of the item's own
 */
export function answeredItem(options: {
  prediction: Pick<Prediction, "raw" | "strict" | "lenient">;
  item: Pick<TaskItem, "gold" | "golds" | "labels" | "parts">;
  reading?: AnswerReading;
  golds?: readonly string[];
}): AnsweredItem {
  const { prediction, item, reading = "lenient" } = options;
  const unread = reading === "strict" && prediction.strict === null;
  const own = options.golds === undefined;
  return {
    text: unread ? "" : firstParagraph(prediction.raw),
    reading: prediction[reading],
    golds: options.golds ?? item.golds ?? [item.gold],
    ...(own && item.labels && { labels: item.labels }),
    ...(own && item.parts && { parts: item.parts }),
  };
}
