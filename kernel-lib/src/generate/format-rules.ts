// Rules for the form of an answer, with what the seeds teach about it. None is in Self-Instruct; presets switch them on by name.
import { type AnsweredTask, type Rule, wordCount } from "../filter/index.js";
import type { AnswerForm, AnswerForms } from "./answer-forms.js";
import { holds, isCopied, partsOf, wordsOf } from "./answer-words.js";

/** An answered task with the form that its answer should have. */
export interface FormedTask extends AnsweredTask {
  form: AnswerForm;
}

/** A question that opens with a verb, and one put indirectly: yes and no answer both. */
const opensWithVerb = /(?:^|[.:?!]\s+)(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have|had)\b[^.?\n]*\?/im;
const asksIndirectly = /\bwhether\b|\b(?:decide|determine|judge|say|tell|check) if\b/i;

export const labelSetRule: Rule<FormedTask> = {
  name: "label-out-of-set",
  reason: "the task asks for one label of a closed set, and the answer is none of them",
  test({ instruction, output, form: { form, labels } }) {
    if (form !== "label" || labels.some((label) => wordsOf(label) === wordsOf(output))) return null;
    return wordCount(output) <= 2 && holds(instruction, output) ? null : {};
  },
};

export const unaskedLabelRule = (forms: AnswerForms): Rule<FormedTask> => ({
  name: "unasked-label",
  reason: "the answer is a bare label, and the task offers none and asks no question that it answers",
  test({ instruction, input, output, form: { form, known } }) {
    const words = wordsOf(output);
    if (forms.labelOf(output) === undefined || form === "label" || known.has(words) || holds(instruction, words)) return null;
    if (words === "yes" || words === "no")
      return opensWithVerb.test(`${instruction}\n${input}`) || asksIndirectly.test(instruction) ? null : {};
    return words !== "none" && holds(input, words) ? null : {};
  },
});

export const inventedPartRule: Rule<FormedTask> = {
  name: "invented-span",
  reason: "the task asks for phrases of its input, and the answer holds one that is not there",
  test({ input, output, form: { form, known } }) {
    if (form !== "extraction" || known.has(wordsOf(output)) || isCopied({ input, output })) return null;
    const parts = partsOf(output);
    return { score: parts.filter(({ words }) => holds(input, words)).length / Math.max(1, parts.length), threshold: 1 };
  },
};

/** Typed parts ("KRAS <Gene>") are more than a copy, whatever they cover. */
export const copiedShareRule = (maxShare: number): Rule<AnsweredTask> => ({
  name: "copied-input",
  reason: "the answer selects nothing: it repeats most of the input",
  test({ input, output }) {
    if (output.includes("<") || !isCopied({ input, output })) return null;
    const copied = partsOf(output).reduce((sum, { words }) => sum + wordCount(words), 0);
    const score = copied / Math.max(1, wordCount(wordsOf(input)));
    return score > maxShare ? { score, threshold: maxShare } : null;
  },
});
