// What of a test item must not stand anywhere else: its input, and its right answer where that is wording of its own.
import type { BenchmarkTask, TaskItem } from "../tasks/task.js";

/**
 * The words that are compared: lower case, every run of other characters than letters and digits is a separator. GPT-3 and
 * lm-evaluation-harness take punctuation out as well, but leave its neighbours joined; a benchmark that splits `IL - 1` and a text that
 * writes `IL-1` are only then the same words when punctuation separates.
 */
export const comparedWords = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

export interface ItemText {
  text: string;
  part: "input" | "answer";
}

/**
 * Labels are the task's own words, and so are the entity types behind the names of a typed list: they stand in the instruction that every
 * prompt shows, and neither is wording of an item.
 */
const ownsItsAnswers = ({ answerFormat }: Pick<BenchmarkTask, "answerFormat">): boolean =>
  !["label", "labels", "typed-list"].includes(answerFormat);

/** A text without what tasks put into their inputs: two items with one question are not alike for that. */
export const withoutFixedWording = (text: string, tasks: readonly Pick<BenchmarkTask, "fixedWording">[]): string =>
  tasks.flatMap(({ fixedWording = [] }) => fixedWording).reduce((rest, fixed) => rest.replaceAll(fixed, " "), text);

/** The texts of an item, each to be searched on its own. */
export const itemTexts = (task: Pick<BenchmarkTask, "answerFormat">, { input, gold, golds = [] }: TaskItem): ItemText[] => [
  { text: input, part: "input" },
  ...(ownsItsAnswers(task) ? [...new Set([gold, ...golds])].map((text): ItemText => ({ text, part: "answer" })) : []),
];
