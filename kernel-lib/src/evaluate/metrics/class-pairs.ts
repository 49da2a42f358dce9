// The metrics of pairs that hold classes: IOB2 tags, scored as seqeval does in its strict mode, and label sets, scored as scikit-learn does.
import { z } from "zod";
import { overlapScore } from "../../filter/index.js";
import { multilabelTally } from "./multilabel.js";
import type { PairMetric, PairValues } from "./pair-metric.js";
import type { ClassScore, ScoreAverages } from "./score-averages.js";
import { sequenceTally, taggedEntities } from "./sequence-f1.js";

const id = z.union([z.string(), z.number()], "neither a text nor a number");
const tag = z.string().regex(/^(?:O|[BI](?:-.*)?)$/s, "a tag is O, B-<type> or I-<type>");
const tagPair = z
  .strictObject({ id, gold: z.array(tag), prediction: z.array(tag) })
  .refine(({ gold, prediction }) => gold.length === prediction.length, "gold and prediction differ in their number of tags");
const labelPair = z.strictObject({ id, gold: z.array(z.string()), prediction: z.array(z.string()) });

interface Sides {
  gold: readonly string[];
  predicted: readonly string[];
}

/** Scores that grow by an item at a time. */
interface Tally {
  add(sides: Sides): void;
  values(): PairValues;
}

const figures = ({ precision, recall, f1, support }: ClassScore): PairValues => ({ precision, recall, f1, support });

function averages({ micro, macro, weighted, perClass }: ScoreAverages, classes: "perType" | "perLabel"): PairValues {
  const sorted = [...perClass].sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    f1: micro.f1,
    micro: figures(micro),
    macro: figures(macro),
    weighted: figures(weighted),
    [classes]: Object.fromEntries(sorted.map(([name, score]) => [name, figures(score)])),
  };
}

function classMetric(options: {
  name: string;
  form: string;
  schema: z.ZodType<{ id: string | number; gold: string[]; prediction: string[] }>;
  /** What each side names, once each. */
  membersOf: (side: readonly string[]) => readonly string[];
  start: () => Tally;
}): PairMetric {
  const { name, form, schema, membersOf, start } = options;
  return {
    name,
    form,
    width: 3,
    value: (sums) => overlapScore(sums[0]!, sums[1]!, sums[2]!).f1,
    start() {
      const all = start();
      return {
        add(value) {
          const pair = schema.parse(value);
          const sides = { gold: pair.gold, predicted: pair.prediction };
          all.add(sides);
          return {
            id: pair.id,
            gold: pair.gold,
            counts() {
              const gold = new Set(membersOf(sides.gold));
              const predicted = new Set(membersOf(sides.predicted));
              return [[...predicted].filter((member) => gold.has(member)).length, predicted.size, gold.size];
            },
            values() {
              const alone = start();
              alone.add(sides);
              return alone.values();
            },
          };
        },
        values: () => all.values(),
      };
    },
  };
}

export const classMetrics: readonly PairMetric[] = [
  classMetric({
    name: "entity-f1",
    form: '{"id", "gold": [tags], "prediction": [tags]} with as many IOB2 tags on both sides',
    schema: tagPair,
    membersOf: (tags) => taggedEntities(tags, "strict"),
    start() {
      const tally = sequenceTally("strict");
      return { add: tally.add, values: () => averages(tally.scores(), "perType") };
    },
  }),
  classMetric({
    name: "multilabel-f1",
    form: '{"id", "gold": [labels], "prediction": [labels]}',
    schema: labelPair,
    membersOf: (labels) => labels,
    start() {
      const tally = multilabelTally();
      return {
        add: tally.add,
        values() {
          const { samples, subsetAccuracy, hammingLoss, ...scores } = tally.scores();
          return { ...averages(scores, "perLabel"), samples: { ...samples }, subsetAccuracy, hammingLoss };
        },
      };
    },
  }),
];
