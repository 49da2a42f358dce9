// The metrics by name. Each turns an item into counts that may be summed over items (and over draws of demonstrations), and the
// sum into a value: that is all the tables and the bootstrap need to know of it.
import { rougeL } from "../../filter/index.js";
import { InputError } from "../../runtime/index.js";
import { countEntities, entityF1 } from "./entity-f1.js";
import { boxParts, exactMatch, tokenF1 } from "./token-f1.js";

/** One answered question, as metrics see it. */
export interface AnsweredItem {
  /** The generated string: the first paragraph of what the model wrote. Text metrics score it as it is, as the paper most likely did. */
  text: string;
  /** The lenient reading; label and entity metrics score it. Null, an unreadable answer, is wrong. */
  reading: string | null;
  /** Every right answer, written as the answer format asks. */
  golds: readonly string[];
}

export interface Metric {
  name: string;
  /** What tables call it. */
  title: string;
  /** How many counts an item has. */
  width: number;
  tally(item: AnsweredItem): readonly number[];
  /** 0–1, from the sum of the items' counts. */
  value(sums: ArrayLike<number>): number;
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

const meanOf = (name: string, title: string, score: (item: AnsweredItem) => number): Metric => ({
  name,
  title,
  width: 2,
  tally: (item) => [score(item), 1],
  value: (sums) => share(sums[0]!, sums[1]!),
});

const best = (golds: readonly string[], score: (gold: string) => number): number => Math.max(0, ...golds.map(score));
const sameLabel = (one: string | null, other: string): boolean => one?.trim().toLowerCase() === other.trim().toLowerCase();

const microEntityF1: Metric = {
  name: "entity-f1",
  title: "entity F1",
  width: 3,
  tally({ reading, golds }) {
    const { common, predicted, gold } = countEntities({ prediction: reading, gold: golds[0] ?? "none" });
    return [common, predicted, gold];
  },
  value: (sums) => entityF1({ common: sums[0]!, predicted: sums[1]!, gold: sums[2]! }),
};

/** The plain mean of the labels' F1; a label that is neither right nor predicted anywhere counts 0, as in scikit-learn. */
const macroF1 = (labels: readonly string[]): Metric => ({
  name: "macro-f1",
  title: "macro F1",
  width: 3 * labels.length,
  tally: ({ reading, golds }) =>
    labels.flatMap((label) => {
      const predicted = sameLabel(reading, label);
      const gold = sameLabel(golds[0] ?? null, label);
      return [Number(predicted && gold), Number(predicted), Number(gold)];
    }),
  value(sums) {
    let total = 0;
    for (let at = 0; at < 3 * labels.length; at += 3) total += share(2 * sums[at]!, sums[at + 1]! + sums[at + 2]!);
    return share(total, labels.length);
  },
});

const metrics: readonly Metric[] = [
  meanOf("token-f1", "token F1", ({ text, golds }) => tokenF1({ prediction: text, golds })),
  meanOf("box-f1", "token F1, best gold part (BoX)", ({ text, golds }) =>
    tokenF1({ prediction: text, golds: golds.flatMap(boxParts) }),
  ),
  meanOf("exact-match", "exact match", ({ text, golds }) => exactMatch({ prediction: text, golds })),
  meanOf("rouge-l-stem", "ROUGE-L, stemmed", ({ text, golds }) => best(golds, (target) => rougeL({ prediction: text, target, stem: true }).f1)),
  meanOf("rouge-l", "ROUGE-L", ({ text, golds }) =>
    best(golds, (target) => rougeL({ prediction: text, target }).f1),
  ),
  meanOf("accuracy", "accuracy", ({ reading, golds }) => Number(golds.some((gold) => sameLabel(reading, gold)))),
  microEntityF1,
];

/** Every name that {@link metricByName} knows. */
export const allMetricNames: readonly string[] = [...metrics.map(({ name }) => name), "macro-f1"];

/**
 * A metric by its name; `labels` are those that the macro average goes over.
 * @throws InputError for an unknown name, or for macro-f1 without labels.
 */
export function metricByName(name: string, labels: readonly string[] = []): Metric {
  if (name === "macro-f1" && labels.length > 0) return macroF1(labels);
  const metric = metrics.find((candidate) => candidate.name === name);
  if (metric) return metric;
  if (name === "macro-f1")
    throw new InputError({ got: "macro-f1 without labels", todo: "score a task that answers with labels" });
  throw new InputError({ got: `metric "${name}"`, allowed: allMetricNames.join(", "), todo: "choose one of these" });
}
