// The metrics by name. Each turns an item into counts that may be summed over items (and over draws of demonstrations), and the
// sum into a value: that is all the tables and the bootstrap need to know of it.
import { overlapScore, rougeL } from "../../filter/index.js";
import { InputError } from "../../runtime/index.js";
import { entitySets, labelSets, macroMetrics, microF1 } from "./class-metrics.js";
import { readEntityList } from "./entity-f1.js";
import { listScore } from "./list-f1.js";
import { numericMatch } from "./numeric-match.js";
import { boxParts, exactMatch, tokenF1 } from "./token-f1.js";

/** One answered question, as metrics see it. */
export interface AnsweredItem {
  /** The generated string: the first paragraph of what the model wrote. Text metrics score it as it is, as the paper most likely did. */
  text: string;
  /** What was read from it, or the likeliest label; label, list and number metrics score it. Null, an unreadable answer, is wrong. */
  reading: string | null;
  /** Every right answer, written as the answer format asks. */
  golds: readonly string[];
  /** The right labels where there may be several; default the parts of the first of `golds`. */
  labels?: readonly string[];
  /** For each part of a list every right spelling; default the parts of the first of `golds`, in one spelling each. */
  parts?: readonly (readonly string[])[];
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

const meanOf = (name: string, title: string, score: (item: AnsweredItem) => number): Metric => ({
  name,
  title,
  width: 2,
  tally: (item) => [score(item), 1],
  value: (sums) => (sums[1]! === 0 ? 0 : sums[0]! / sums[1]!),
});

const best = (golds: readonly string[], score: (gold: string) => number): number => Math.max(0, ...golds.map(score));
const sameLabel = (one: string | null, other: string): boolean => one?.trim().toLowerCase() === other.trim().toLowerCase();

function samplesF1(item: AnsweredItem): number {
  const { predicted, gold } = labelSets(item);
  return overlapScore([...predicted].filter((label) => gold.has(label)).length, predicted.size, gold.size).f1;
}

const metrics: readonly Metric[] = [
  meanOf("token-f1", "token F1", ({ text, golds }) => tokenF1({ prediction: text, golds })),
  meanOf("box-f1", "token F1, best gold part (BoX)", ({ text, golds }) =>
    tokenF1({ prediction: text, golds: golds.flatMap(boxParts) }),
  ),
  meanOf("exact-match", "exact match", ({ text, golds }) => exactMatch({ prediction: text, golds })),
  meanOf("rouge-l", "ROUGE-L", ({ text, golds }) => best(golds, (target) => rougeL({ prediction: text, target }).f1)),
  meanOf("rouge-l-stem", "ROUGE-L, stemmed", ({ text, golds }) =>
    best(golds, (target) => rougeL({ prediction: text, target, stem: true }).f1),
  ),
  microF1("entity-f1", "entity F1", (item) => entitySets(item)),
  meanOf("list-f1", "list F1", ({ reading, golds, parts }) => {
    const spellings = parts ?? readEntityList(golds[0] ?? "").map(({ text }) => [text]);
    return listScore({ prediction: reading, parts: spellings }).f1;
  }),
  microF1("multilabel-f1", "multi-label F1", labelSets),
  meanOf("multilabel-f1-samples", "multi-label F1, samples", samplesF1),
  meanOf("accuracy", "accuracy", ({ reading, golds }) => Number(golds.some((gold) => sameLabel(reading, gold)))),
  meanOf("numeric-match", "numeric match", ({ reading, golds }) => numericMatch({ prediction: reading ?? "", golds })),
];

/** Every name that {@link metricByName} knows. */
export const allMetricNames: readonly string[] = [...metrics.map(({ name }) => name), ...Object.keys(macroMetrics)];

/**
 * A metric by its name; `labels` are the labels or entity types that a macro average goes over.
 * @throws InputError for an unknown name, or for a macro average without labels.
 */
export function metricByName(name: string, labels: readonly string[] = []): Metric {
  const macro = Object.hasOwn(macroMetrics, name) ? macroMetrics[name] : undefined;
  if (macro && labels.length === 0)
    throw new InputError({ got: `${name} without labels`, todo: "score a task that answers with labels or types" });
  const metric = macro?.(labels) ?? metrics.find((candidate) => candidate.name === name);
  if (metric) return metric;
  throw new InputError({ got: `metric "${name}"`, allowed: allMetricNames.join(", "), todo: "choose one of these" });
}
