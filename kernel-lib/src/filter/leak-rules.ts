// Rules for what a tiny model carries over from its demonstrations: a label nobody asked for, an "extracted" phrase that is in no input.
// Neither is in Self-Instruct; the presets switch them on by name. Both learn from the seeds what a label and an extraction look like.
import type { Seed } from "../seeds/index.js";
import { createNoveltyIndex } from "./novelty.js";
import type { AnsweredTask } from "./response-rules.js";
import { rougeTokens } from "./rouge-l.js";
import type { Rule } from "./rule.js";

const words = (text: string): string => rougeTokens(text).join(" ");
const holds = (text: string, phrase: string): boolean => ` ${words(text)} `.includes(` ${words(phrase)} `);
const maxLabelWords = 3;

/** Outputs that are chosen rather than written: short, and offered by their own instruction or shared by several seeds. */
function labelsOf(seeds: readonly Seed[]): Set<string> {
  const uses = new Map<string, number>();
  for (const { output } of seeds) uses.set(words(output), (uses.get(words(output)) ?? 0) + 1);
  const isLabel = ({ instruction, output }: Seed): boolean =>
    rougeTokens(output).length <= maxLabelWords && (holds(instruction, output) || uses.get(words(output))! > 1);
  return new Set(seeds.filter(isLabel).map(({ output }) => words(output)));
}

const asksYesOrNo = /\?|\b(?:whether|decide|if)\b/i;

/** A label of the seeds as the answer to a task that does not offer it; yes and no also answer any question. */
export function leakedLabelRule(seeds: readonly Seed[]): Rule<AnsweredTask> {
  const labels = labelsOf(seeds);
  return {
    name: "leaked-label",
    reason: "the answer is a label of other tasks that this task does not offer",
    test({ instruction, input, output }) {
      const answer = words(output);
      if (!labels.has(answer) || holds(instruction, answer) || holds(input, answer)) return null;
      const isAnswer = ["yes", "no", "maybe"].includes(answer) && asksYesOrNo.test(`${instruction} ${input}`);
      return isAnswer ? null : {};
    },
  };
}

/** The parts of a list answer, without the types in angle brackets. */
const partsOf = (output: string): string[] =>
  output
    .split(/[,;\n]/)
    .map((part) => words(part.replace(/<[^>]*>/g, "")))
    .filter((part) => part !== "");

const copiesAll = ({ input, output }: { input: string; output: string }): boolean =>
  partsOf(output).every((part) => holds(input, part));

/** ROUGE-L F1 of instructions from which on a row counts as being of its nearest seed's task kind. */
const sameKindFrom = 0.4;

/**
 * An extraction with a part that its input does not hold. A task counts as an extraction when the seed of the nearest wording is of a
 * task kind whose answers are all copied from their inputs, but for a word such as "none" where there is nothing to copy.
 */
export function inventedSpanRule(seeds: readonly Seed[]): Rule<AnsweredTask> {
  const labels = labelsOf(seeds);
  const isCopy = (seed: Seed): boolean => !labels.has(words(seed.output)) && copiesAll(seed);
  const kinds = new Set(seeds.filter(isCopy).map(({ task }) => task));
  for (const seed of seeds) if (!isCopy(seed) && !labels.has(words(seed.output))) kinds.delete(seed.task);
  const extractions = new Map(seeds.filter(({ task }) => kinds.has(task)).map((seed) => [seed.id, seed]));
  const nothingWords = new Set(
    [...extractions.values()].map(({ output }) => words(output)).filter((output) => labels.has(output)),
  );
  const wordings = createNoveltyIndex();
  for (const { id, instruction } of seeds) wordings.add(id, instruction);
  return {
    name: "invented-span",
    reason: "the task asks for phrases of its input, and the answer holds one that is not there",
    test({ instruction, input, output }) {
      const { nearestId, score } = wordings.nearest(instruction);
      if (nearestId === null || score < sameKindFrom || !extractions.has(nearestId)) return null;
      if (copiesAll({ input, output }) || nothingWords.has(words(output))) return null;
      const parts = partsOf(output);
      return { score: parts.filter((part) => holds(input, part)).length / Math.max(1, parts.length), threshold: 1 };
    },
  };
}
