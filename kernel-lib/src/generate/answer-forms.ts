// What form an answer takes, learnt from the seeds: a label out of a closed set, phrases copied from the input, or free text. A
// generated task has the form of the labels that it offers itself, or of the seed whose instruction is nearest to its own.
import type { Seed } from "../seeds/index.js";
import { holds, isCopied, wordsOf } from "./answer-words.js";
import { seedRanking } from "./nearest-seeds.js";

export interface AnswerForm {
  form: "label" | "extraction" | "free";
  /** The closed set as the seeds spell it, two at least; empty for other forms. */
  labels: readonly string[];
  /**
   * Labels that seeds of this kind answer with, in words; of an extraction what it says where there is nothing to copy: "none".
   */
  known: ReadonlySet<string>;
}

export interface AnswerForms {
  /** `demoIds` are the seeds that the task was written after: it need not be as near to one of their kinds as to any other. */
  of(task: { instruction: string; demoIds: readonly string[] }): AnswerForm;
  /** The spelling of an answer that is a label of any seed; undefined where it is none. */
  labelOf(output: string): string | undefined;
  /** The smallest set with this label that an instruction of the seeds offers. */
  smallestSetOf(label: string): readonly string[] | undefined;
  /** All labels that some seed offers together with this one, as one name; undefined for a label that stands alone. */
  familyOf(label: string): string | undefined;
}

/** A longer answer is written, not chosen. */
const maxLabelWords = 3;
/** ROUGE-L F1 of instructions from which on a row counts as being of its nearest seed's task kind. */
const sameKindFrom = 0.4;
/**
 * The same where the seed's kind is among those that the task was written after: about half of such rows, read one by one, fit.
 */
const ownKindFrom = 0.25;

/** Labels by their words: short, and offered by their own instruction or shared by several seeds. */
function labelsOf(seeds: readonly Seed[]): Map<string, string> {
  const uses = new Map<string, number>();
  for (const { output } of seeds) uses.set(wordsOf(output), (uses.get(wordsOf(output)) ?? 0) + 1);
  const isLabel = ({ instruction, output }: Seed): boolean =>
    wordsOf(output).split(" ").length <= maxLabelWords && (holds(instruction, output) || uses.get(wordsOf(output))! > 1);
  return new Map(seeds.filter(isLabel).map(({ output }) => [wordsOf(output), output]));
}

/** Reads sets that an instruction offers side by side: "yes, no or maybe", "positive / negative". */
function readerOfOffers(labels: ReadonlyMap<string, string>): (instruction: string) => string[] {
  if (labels.size === 0) return () => [];
  const byLength = [...labels.keys()].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const label = `(?:${byLength.map((words) => words.replaceAll(" ", "\\W+")).join("|")})`;
  const series = new RegExp(`\\b${label}\\b(?:\\s*(?:[,;/|]\\s*(?:or\\s+|and\\s+)?|\\s(?:or|and)\\s+)${label}\\b)+`, "gi");
  const single = new RegExp(`\\b${label}\\b`, "gi");
  return (instruction) => {
    const offered = [...instruction.matchAll(series)].flatMap(([run]) =>
      [...run.matchAll(single)].map(([word]) => wordsOf(word)),
    );
    return [...new Set(offered)].map((words) => labels.get(words)!);
  };
}

/** Labels that are ever offered together, joined transitively. */
function familiesOf(sets: readonly (readonly string[])[]): Map<string, string> {
  const families = new Map<string, Set<string>>();
  for (const set of sets) {
    const joined = new Set(set.flatMap((label) => [label, ...(families.get(label) ?? [])]));
    for (const label of joined) families.set(label, joined);
  }
  return new Map([...families].map(([label, family]) => [label, [...family].sort().join("/")]));
}

export function learnAnswerForms(seeds: readonly Seed[]): AnswerForms {
  const labels = labelsOf(seeds);
  const offersOf = readerOfOffers(labels);
  const offers = new Map(seeds.map(({ id, instruction }) => [id, offersOf(instruction)]));
  const kinds = new Map<string, AnswerForm>();
  for (const kind of new Set(seeds.map(({ task }) => task))) {
    const members = seeds.filter(({ task }) => task === kind);
    const written = members.filter(({ output }) => !labels.has(wordsOf(output)));
    const chosen = [...new Set(members.filter((seed) => !written.includes(seed)).map(({ output }) => output))];
    const known = new Set(chosen.map(wordsOf));
    if (written.length === 0 && chosen.length > 1) kinds.set(kind, { form: "label", labels: chosen, known });
    else kinds.set(kind, { form: written.length > 0 && written.every(isCopied) ? "extraction" : "free", labels: [], known });
  }
  const free: AnswerForm = { form: "free", labels: [], known: new Set() };
  const kindOf = new Map(seeds.map(({ id, task }) => [id, task]));
  const rank = seedRanking(seeds, ({ instruction }) => instruction);
  const sets = [...offers.values()].filter((set) => set.length > 1).sort((a, b) => a.length - b.length);
  const families = familiesOf(sets);

  return {
    of({ instruction, demoIds }) {
      const own = offersOf(instruction);
      if (own.length > 1) return { form: "label", labels: own, known: new Set(own.map(wordsOf)) };
      const [nearest] = rank(instruction);
      if (nearest === undefined) return free;
      const isOwnKind = demoIds.some((id) => kindOf.get(id) === nearest.seed.task);
      if (nearest.score < (isOwnKind ? ownKindFrom : sameKindFrom)) return free;
      const kind = kinds.get(nearest.seed.task)!;
      const offered = offers.get(nearest.seed.id)!;
      return kind.form === "label" && offered.length > 1 ? { ...kind, labels: offered } : kind;
    },
    labelOf: (output) => labels.get(wordsOf(output)),
    smallestSetOf: (label) => sets.find((set) => set.includes(label)),
    familyOf: (label) => families.get(label),
  };
}
