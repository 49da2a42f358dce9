// Rules for the form of an answer, with what the seeds teach about it. None is in Self-Instruct; presets switch them on by name.
import { type AnsweredTask, type Rule, wordCount } from "../filter/index.js";
import type { AnswerKinds } from "./answer-kinds.js";
import { holds, isCopied, partsOf, wordsOf } from "./answer-words.js";

/** A question that opens with a verb, and one put indirectly: yes and no answer both. */
const opensWithVerb = /(?:^|[.:?!]\s+)(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have|had)\b[^.?\n]*\?/im;
const asksIndirectly = /\bwhether\b|\b(?:decide|determine|judge|say|tell|check) if\b/i;

/** The answer to a task of a closed set is not in that set. */
export const labelSetRule = (kinds: AnswerKinds): Rule<AnsweredTask> => ({
  name: "label-out-of-set",
  reason: "the task asks for one label of a closed set, and the answer is none of them",
  test(task) {
    const { form, labels } = kinds.of(task);
    if (form !== "label" || labels.some((label) => wordsOf(label) === wordsOf(task.output))) return null;
    return wordCount(task.output) <= 2 && holds(task.instruction, task.output) ? null : {};
  },
});

/** A bare label as the answer to a task that asks for none. */
export const unaskedLabelRule = (kinds: AnswerKinds): Rule<AnsweredTask> => ({
  name: "unasked-label",
  reason: "the answer is a bare label, and the task offers none and asks no question that it answers",
  test(task) {
    const label = kinds.labelOf(task.output);
    const { form, nothing } = kinds.of(task);
    const words = wordsOf(task.output);
    if (label === undefined || form === "label" || nothing.has(words) || holds(task.instruction, words)) return null;
    if (words === "yes" || words === "no")
      return opensWithVerb.test(`${task.instruction}\n${task.input}`) || asksIndirectly.test(task.instruction) ? null : {};
    return words !== "none" && holds(task.input, words) ? null : {};
  },
});

/** An answer made of the input's own phrases that leaves hardly any of the input out. */
export const copiedShareRule = (maxShare: number): Rule<AnsweredTask> => ({
  name: "copied-input",
  reason: "the answer selects nothing: it repeats most of the input",
  test({ input, output }) {
    if (!isCopied({ input, output })) return null;
    const copied = partsOf(output).reduce((sum, { words }) => sum + wordCount(words), 0);
    const score = copied / Math.max(1, wordCount(wordsOf(input)));
    return score > maxShare ? { score, threshold: maxShare } : null;
  },
});
