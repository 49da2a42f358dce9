// What an answer looks like in each task kind, learnt from the seeds: a label chosen from a set, phrases copied from the input, or free
// text. A written task is of the kind of the seed whose instruction is nearest to its own.
import type { Seed } from "../seeds/index.js";
import { createNoveltyIndex } from "./novelty.js";
import { rougeTokens } from "./rouge-l.js";

const words = (text: string): string => rougeTokens(text).join(" ");

/** Whether a text holds a phrase, word by word. */
export const holds = (text: string, phrase: string): boolean => ` ${words(text)} `.includes(` ${words(phrase)} `);

/** A label is at most so long. */
const maxLabelWords = 3;

/** The parts of a list answer, without the types in angle brackets. */
export const partsOf = (output: string): string[] =>
  output
    .split(/[,;\n]/)
    .map((part) => words(part.replace(/<[^>]*>/g, "")))
    .filter((part) => part !== "");

export interface AnswerKind {
  /** The seeds' name of the task kind. */
  task: string;
  form: "label" | "extraction" | "free";
  /** Of a label kind its labels, of an extraction what is said where there is nothing to copy; words as ROUGE has them. */
  labels: ReadonlySet<string>;
}

export interface AnswerKinds {
  /** Every label of any kind. */
  labels: ReadonlySet<string>;
  /** The kind of the nearest seed wording, or null where none is near enough (ROUGE-L F1 of at least 0.4). */
  of(instruction: string): AnswerKind | null;
}

/** Outputs that are chosen rather than written: short, and offered by their own instruction or shared by several seeds. */
function labelsOf(seeds: readonly Seed[]): Set<string> {
  const uses = new Map<string, number>();
  for (const { output } of seeds) uses.set(words(output), (uses.get(words(output)) ?? 0) + 1);
  const isLabel = ({ instruction, output }: Seed): boolean =>
    rougeTokens(output).length <= maxLabelWords && (holds(instruction, output) || uses.get(words(output))! > 1);
  return new Set(seeds.filter(isLabel).map(({ output }) => words(output)));
}

const sameKindFrom = 0.4;

/** Learns the forms: a kind is an extraction when all its answers but labels are copied, a label kind when all its answers are labels. */
export function learnAnswerKinds(seeds: readonly Seed[]): AnswerKinds {
  const labels = labelsOf(seeds);
  const isLabel = ({ output }: Seed): boolean => labels.has(words(output));
  const isCopy = ({ input, output }: Seed): boolean => partsOf(output).every((part) => holds(input, part));
  const kinds = new Map<string, AnswerKind>();
  for (const task of new Set(seeds.map((seed) => seed.task))) {
    const own = seeds.filter((seed) => seed.task === task);
    const written = own.filter((seed) => !isLabel(seed));
    const form = written.length === 0 ? "label" : written.every(isCopy) ? "extraction" : "free";
    kinds.set(task, { task, form, labels: new Set(own.filter(isLabel).map(({ output }) => words(output))) });
  }
  const kindOfSeed = new Map(seeds.map(({ id, task }) => [id, kinds.get(task)!]));
  const wordings = createNoveltyIndex();
  for (const { id, instruction } of seeds) wordings.add(id, instruction);
  return {
    labels,
    of(instruction) {
      const { nearestId, score } = wordings.nearest(instruction);
      return nearestId === null || score < sameKindFrom ? null : kindOfSeed.get(nearestId)!;
    },
  };
}
