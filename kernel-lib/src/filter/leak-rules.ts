// Rules for what a tiny model carries over from its demonstrations: a label nobody asked for, an "extracted" phrase that is in no input,
// the whole input where a phrase was asked for. None is in Self-Instruct; the presets switch them on by name. All learn from the seeds
// what a label and an extraction look like.
import type { Seed } from "../seeds/index.js";
import { holds, learnAnswerKinds, maxLabelWords, partsOf } from "./answer-kinds.js";
import type { AnsweredTask } from "./response-rules.js";
import { rougeTokens } from "./rouge-l.js";
import { measuredRule, type Rule } from "./rule.js";

const words = (text: string): string => rougeTokens(text).join(" ");

const asksYesOrNo = /\?|\b(?:whether|decide|if)\b/i;

/** A label of the seeds as the answer to a task that neither offers it nor is of its kind; yes and no also answer any question. */
export function leakedLabelRule(seeds: readonly Seed[]): Rule<AnsweredTask> {
  const kinds = learnAnswerKinds(seeds);
  return {
    name: "leaked-label",
    reason: "the answer is a label of other tasks that this task does not offer",
    test({ instruction, input, output }) {
      const answer = words(output);
      if (!kinds.labels.has(answer) || holds(instruction, answer) || holds(input, answer)) return null;
      if (kinds.of(instruction)?.labels.has(answer)) return null;
      const isAnswer = ["yes", "no", "maybe"].includes(answer) && asksYesOrNo.test(`${instruction} ${input}`);
      return isAnswer ? null : {};
    },
  };
}

/** A label-like answer to a task whose kind has a set of labels, and this is none of them. */
export function labelOutOfSetRule(seeds: readonly Seed[]): Rule<AnsweredTask> {
  const kinds = learnAnswerKinds(seeds);
  return {
    name: "label-out-of-set",
    reason: "the task asks for one of its kind's labels, and the answer is another word or two",
    test({ instruction, output }) {
      const kind = kinds.of(instruction);
      const answer = words(output);
      if (kind?.form !== "label" || rougeTokens(output).length > maxLabelWords) return null;
      return kind.labels.has(answer) || holds(instruction, answer) ? null : {};
    },
  };
}

/** An extraction with a part that its input does not hold. */
export function inventedSpanRule(seeds: readonly Seed[]): Rule<AnsweredTask> {
  const kinds = learnAnswerKinds(seeds);
  return measuredRule({
    name: "invented-span",
    reason: "the task asks for phrases of its input, and too small a share of the answer's parts is there",
    limit: "at least",
    threshold: 1,
    score({ instruction, input, output }) {
      const kind = kinds.of(instruction);
      if (kind?.form !== "extraction" || kind.labels.has(words(output))) return null;
      const parts = partsOf(output);
      return parts.length === 0 ? null : parts.filter((part) => holds(input, part)).length / parts.length;
    },
  });
}

const fewestInputWords = 8;

/** An extraction that takes most of its input. Lists with types in angle brackets may: they tag whatever there is. */
export function overlongExtractionRule(seeds: readonly Seed[]): Rule<AnsweredTask> {
  const kinds = learnAnswerKinds(seeds);
  return measuredRule({
    name: "overlong-extraction",
    reason:
      "the task asks for phrases of its input, and the answer is too large a share of it; inputs under eight words are not judged",
    limit: "at most",
    threshold: 0.6,
    score({ instruction, input, output }) {
      const inputWords = rougeTokens(input).length;
      if (inputWords < fewestInputWords || output.includes("<") || kinds.of(instruction)?.form !== "extraction") return null;
      return partsOf(output).reduce((sum, part) => sum + part.split(" ").length, 0) / inputWords;
    },
  });
}
