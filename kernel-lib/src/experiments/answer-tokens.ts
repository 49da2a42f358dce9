// The longest answer that is waited for, in one place. A label or a number needs few tokens, a list of entities or a summary more; what is cut
// off was no answer in the asked form.
import type { AnswerFormat, BenchmarkTask } from "../evaluate/index.js";

const tokensByFormat: Readonly<Record<AnswerFormat, number>> = {
  label: 12,
  number: 24,
  span: 32,
  list: 48,
  items: 64,
  labels: 64,
  "typed-list": 64,
  text: 96,
};

/** Most tokens of an answer to a task: the task's own number, or that of its format. */
export const answerTokens = ({ answerFormat, maxTokens }: Pick<BenchmarkTask, "answerFormat" | "maxTokens">): number =>
  maxTokens ?? tokensByFormat[answerFormat];
