// Rules for what a tiny model carries over from its demonstrations: a label nobody asked for, an "extracted" phrase that is in no input.
// Neither is in Self-Instruct; the presets switch them on by name. Both learn from the seeds what a label and an extraction look like.
import type { Seed } from "../seeds/index.js";
import { holds, learnAnswerKinds, partsOf } from "./answer-kinds.js";
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
