// Metrics over classes: labels, one or several an item, and entity types. Each is a count of (right, predicted, gold) a class, pooled for
// the micro average and averaged over classes for the macro average, with scikit-learn's zero_division 0.
import { overlapScore } from "../../filter/index.js";
import { entityKey, readEntityList } from "./entity-f1.js";
import type { AnsweredItem, Metric } from "./metrics.js";

/** The members of each side that are of one class: what an answer says and what is right. */
interface Sides {
  predicted: ReadonlySet<string>;
  gold: ReadonlySet<string>;
}

function countSides({ predicted, gold }: Sides): [common: number, predicted: number, gold: number] {
  return [[...predicted].filter((member) => gold.has(member)).length, predicted.size, gold.size];
}

const f1Of = (sums: ArrayLike<number>, at = 0): number => overlapScore(sums[at]!, sums[at + 1]!, sums[at + 2]!).f1;

/** Micro F1: counts are pooled over items before the ratio. */
export const microF1 = (name: string, title: string, sidesOf: (item: AnsweredItem) => Sides): Metric => ({
  name,
  title,
  width: 3,
  tally: (item) => countSides(sidesOf(item)),
  value: (sums) => f1Of(sums),
});

/** The plain mean of the classes' F1; `absent` says what of a class that is neither right nor predicted anywhere. */
const macroF1 = (options: {
  name: string;
  title: string;
  classes: readonly string[];
  sidesOf: (item: AnsweredItem, name: string) => Sides;
  absent: "counts 0" | "is left out";
}): Metric => ({
  name: options.name,
  title: options.title,
  width: 3 * options.classes.length,
  tally: (item) => options.classes.flatMap((name) => countSides(options.sidesOf(item, name))),
  value(sums) {
    const seen = options.classes.map((_, index) => 3 * index).filter((at) => sums[at + 1]! + sums[at + 2]! > 0);
    const classes = options.absent === "counts 0" ? options.classes.length : seen.length;
    return classes === 0 ? 0 : seen.reduce((total, at) => total + f1Of(sums, at), 0) / classes;
  },
});

const fold = (label: string): string => label.trim().toLowerCase();
const only = (members: ReadonlySet<string>, member: string): Set<string> => new Set(members.has(member) ? [member] : []);
const partsOf = (answer: string | null): Set<string> => new Set(readEntityList(answer ?? "").map(({ text }) => fold(text)));

const labelSides = ({ reading, golds }: AnsweredItem): Sides => ({
  predicted: new Set(reading === null ? [] : [fold(reading)]),
  gold: new Set(golds.slice(0, 1).map(fold)),
});

/** The label sets of an item, in lower case. */
export const labelSets = ({ reading, golds, labels }: AnsweredItem): Sides => ({
  predicted: partsOf(reading),
  gold: labels === undefined ? partsOf(golds[0] ?? null) : new Set(labels.map(fold)),
});

/** The entities of an item that are of one type, or all of them. */
export function entitySets({ reading, golds }: AnsweredItem, type?: string): Sides {
  const keys = (answer: string | null): Set<string> => {
    const entities = readEntityList(answer ?? "");
    return new Set(entities.filter((entity) => type === undefined || fold(entity.type ?? "") === fold(type)).map(entityKey));
  };
  return { predicted: keys(reading), gold: keys(golds[0] ?? null) };
}

/** The metrics that average over a task's labels or entity types. */
export const macroMetrics: Readonly<Record<string, (labels: readonly string[]) => Metric>> = {
  "macro-f1": (labels) =>
    macroF1({
      name: "macro-f1",
      title: "macro F1",
      classes: labels.map(fold),
      sidesOf: (item, label) => {
        const { predicted, gold } = labelSides(item);
        return { predicted: only(predicted, label), gold: only(gold, label) };
      },
      absent: "counts 0",
    }),
  "multilabel-f1-macro": (labels) =>
    macroF1({
      name: "multilabel-f1-macro",
      title: "multi-label F1, macro",
      classes: labels.map(fold),
      sidesOf: (item, label) => {
        const { predicted, gold } = labelSets(item);
        return { predicted: only(predicted, label), gold: only(gold, label) };
      },
      absent: "counts 0",
    }),
  "entity-f1-macro": (types) =>
    macroF1({ name: "entity-f1-macro", title: "entity F1, macro", classes: types, sidesOf: entitySets, absent: "is left out" }),
};
