// Small repairs of an answer that is right in substance and wrong in form: a label spelt otherwise than in the seeds, an
// extraction with invented or repeated parts. What is repaired is said in the row.
import type { AnswerForm, AnswerForms } from "./answer-forms.js";
import { holds, partsOf, wordsOf } from "./answer-words.js";
import type { ResponsePreset } from "./response-preset.js";
import type { Response } from "./rows.js";

export type Repair = NonNullable<Response["repairs"]>[number];

export interface RepairedAnswer {
  output: string;
  finishReason: string;
  repairs: Repair[];
}

type Answer = Pick<RepairedAnswer, "output" | "finishReason"> & { input: string };

/**
 * The parts that the input holds, each once. A list that the token limit cut after it had begun to repeat itself is a loop: it
 * had ended before, and only its last part is not whole. Left as it is where no part remains: a rule then drops it.
 */
function repairSpans({ input, output, finishReason }: Answer, { known }: AnswerForm): RepairedAnswer {
  const asItIs = { output, finishReason, repairs: [] };
  const parts = partsOf(output);
  if (parts.length === 0 || known.has(wordsOf(output))) return asItIs;
  const distinct = parts.filter(({ words }, index) => parts.findIndex((other) => other.words === words) === index);
  const looped = finishReason === "length" && distinct.length < parts.length;
  const whole = looped ? distinct.filter((part) => part !== parts.at(-1)) : distinct;
  const kept = whole.filter(({ words }) => holds(input, words));
  if (kept.length === 0) return asItIs;
  const changed = kept.length < parts.length;
  return {
    output: changed ? kept.map(({ text }) => text.replace(/\.$/, "")).join(", ") : output,
    finishReason: looped ? "stop" : finishReason,
    repairs: [...(changed ? (["dropped-parts"] as const) : []), ...(looped ? (["ended-loop"] as const) : [])],
  };
}

/** Applies the repairs that the preset switches on. */
export function repairAnswer(options: {
  answer: Answer;
  form: AnswerForm;
  forms: AnswerForms;
  preset: ResponsePreset;
}): RepairedAnswer {
  const { answer, form, forms, preset } = options;
  if (preset.repairSpans && form.form === "extraction") return repairSpans(answer, form);
  const { output, finishReason } = answer;
  const label = preset.labelsOnlyWhereAsked ? forms.labelOf(output) : undefined;
  return label === undefined || label === output
    ? { output, finishReason, repairs: [] }
    : { output: label, finishReason, repairs: ["label-spelling"] };
}
