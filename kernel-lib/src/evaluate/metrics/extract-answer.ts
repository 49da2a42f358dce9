// Takes the answer out of what a model wrote. Strict: the text is exactly in the asked format, anything else is a format failure.
// Lenient: the best reading, so that a wrong format alone does not cost the score.
import type { Prediction } from "../rows.js";
import type { BenchmarkTask, TaskItem } from "../tasks/index.js";
import { answerText, firstParagraph } from "./answer-text.js";
import { lenientLabel, lenientLabels, strictLabel, strictLabels } from "./read-labels.js";
import { lenientList, strictEntities, strictItems } from "./read-lists.js";
import { lenientNumber, lenientSpan, strictNumber, strictSpan } from "./read-spans.js";

/** The version of these rules, kept with each prediction; raised whenever a text would be read differently. */
export const extractionVersion = 1;

/** What extraction needs to know of a task. */
export type AnswerShape = Pick<BenchmarkTask, "answerFormat" | "labels">;

export interface ExtractedAnswer {
  strict: string | null;
  lenient: string | null;
}

/**
 * Reads one generated text. Labels come back as the task spells them, lists with `, ` between their parts, an empty list as `none`.
 * - `list`, `typed-list` are strict where they are one line, each part occurs in the input (in any case), is typed where types are
 *   asked, and the whole is not just the input given back; `items` likewise, wherever their parts come from
 * - `label`, `labels` are strict where nothing but labels is written, each once
 * - `span` is strict where it is one line and neither the input given back nor led in by "The answer is"
 * - `number` is strict where it is nothing but a number, or yes or no
 */
export function extractAnswer(options: { raw: string; task: AnswerShape; input: string }): ExtractedAnswer {
  const { task, input, raw } = options;
  const text = answerText(raw);
  const labels = task.labels ?? [];
  const either = (strict: string | null, lenient: () => string | null): ExtractedAnswer => ({
    strict,
    lenient: strict ?? lenient(),
  });
  switch (task.answerFormat) {
    case "label":
      return { strict: strictLabel(text, labels), lenient: lenientLabel(text, labels) };
    case "labels":
      return either(strictLabels(text, labels), () => lenientLabels(text, labels));
    case "list":
      return either(strictEntities(text, input, null), () => lenientList(text, null));
    case "typed-list":
      return either(strictEntities(text, input, labels), () => lenientList(text, labels));
    case "items":
      return either(strictItems(text, input), () => lenientList(text, null));
    case "span":
      return either(strictSpan(text, input), () => lenientSpan(text));
    case "number":
      return either(strictNumber(text), () => lenientNumber(firstParagraph(raw)));
    case "text":
      return { strict: text || null, lenient: firstParagraph(raw) || null };
  }
}

/**
 * The same predictions, read by today's rules: those of another extraction version are read anew from their raw text, so that a
 * changed rule needs no new answers. A failed request has no text and stays as it is; so does an item that is not among `items`.
 */
export function readAnswers<Row extends Prediction>(options: {
  predictions: readonly Row[];
  task: AnswerShape;
  items: readonly Pick<TaskItem, "id" | "input">[];
}): Row[] {
  const { predictions, task } = options;
  const inputs = new Map(options.items.map(({ id, input }) => [id, input]));
  return predictions.map((row) => {
    const input = inputs.get(row.itemId);
    if (row.extraction === extractionVersion || row.error !== undefined || input === undefined) return row;
    return { ...row, ...extractAnswer({ raw: row.raw, task, input }), extraction: extractionVersion };
  });
}
