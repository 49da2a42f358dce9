// Which of several answers to one task is kept, and how far the others agree with it. Self-consistency (Wang et al. 2023) as
// minimum Bayes risk: the answer most like all samples, which for labels is the vote.
import { rougeL } from "../filter/index.js";
import type { AnswerForm } from "./answer-forms.js";
import { partsOf, wordsOf } from "./answer-words.js";
import type { ResponsePreset } from "./response-preset.js";

export interface SampledAnswer {
  output: string;
  /** No rule rejects it: only such an answer can be picked. */
  passes: boolean;
  meanLogprob?: number;
}

/** Of lists the F1 of their parts, of labels equality, of texts ROUGE-L F1; 0–1. */
export function answerLikeness(a: string, b: string, form: AnswerForm["form"]): number {
  if (wordsOf(a) === wordsOf(b)) return 1;
  if (form === "label") return 0;
  if (form === "free") return rougeL({ prediction: a, target: b }).f1;
  const one = new Set(partsOf(a).map(({ words }) => words));
  const other = new Set(partsOf(b).map(({ words }) => words));
  const common = [...one].filter((words) => other.has(words)).length;
  return (2 * common) / Math.max(1, one.size + other.size);
}

/**
 * The mean likeness of each answer to the others; an answer that a rule rejects is like nothing. Undefined for a single sample.
 */
function agreements(samples: readonly SampledAnswer[], form: AnswerForm["form"]): number[] | undefined {
  if (samples.length < 2) return undefined;
  return samples.map((sample, index) => {
    const likeness = samples.map((other, position) =>
      position !== index && other.passes && sample.passes ? answerLikeness(sample.output, other.output, form) : 0,
    );
    return likeness.reduce((sum, value) => sum + value, 0) / (samples.length - 1);
  });
}

/**
 * The position of the picked answer and its agreement with the other samples; ties go to the earlier one. Null where no answer
 * passes.
 */
export function pickSample(options: {
  samples: readonly SampledAnswer[];
  form: AnswerForm["form"];
  pick: ResponsePreset["pick"];
}): { index: number; agreement?: number } | null {
  const { samples, form, pick } = options;
  const agreement = agreements(samples, form);
  const merit = (index: number): number => {
    if (pick === "first") return -index;
    return pick === "likelihood" ? (samples[index]!.meanLogprob ?? Number.NEGATIVE_INFINITY) : (agreement?.[index] ?? 0);
  };
  const candidates = [...samples.keys()].filter((index) => samples[index]!.passes);
  if (candidates.length === 0) return null;
  const index = candidates.reduce((best, other) => (merit(other) > merit(best) ? other : best));
  return { index, ...(agreement && { agreement: agreement[index]! }) };
}
