// The metrics of pairs that hold texts: a prediction and its gold answers, of which the one that fits best counts.
import { z } from "zod";
import { type OverlapScore, rougeL } from "../../filter/index.js";
import { numericMatch } from "./numeric-match.js";
import type { PairMetric } from "./pair-metric.js";
import { boxParts, exactMatch, tokenF1, tokenOverlap } from "./token-f1.js";

const textPair = z.strictObject({
  id: z.union([z.string(), z.number()], "neither a text nor a number"),
  prediction: z.string(),
  golds: z.array(z.string()).min(1),
});
type TextPair = z.infer<typeof textPair>;

/** The mean of the pairs' own figures, of which the first of `keys` is the main one. */
function meanMetric<Key extends string>(
  name: string,
  keys: readonly [Key, ...Key[]],
  score: (pair: TextPair) => Readonly<Record<Key, number>>,
): PairMetric {
  return {
    name,
    form: '{"id", "prediction", "golds": [..]}',
    width: 2,
    value: (sums) => (sums[1]! === 0 ? 0 : sums[0]! / sums[1]!),
    start() {
      const sums = keys.map(() => 0);
      let pairs = 0;
      return {
        add(value) {
          const pair = textPair.parse(value);
          const figures = score(pair);
          keys.forEach((key, index) => {
            sums[index]! += figures[key];
          });
          pairs++;
          return {
            id: pair.id,
            gold: pair.golds,
            counts: () => [figures[keys[0]], 1],
            values: () => Object.fromEntries(keys.map((key) => [key, figures[key]])),
          };
        },
        values: () => Object.fromEntries(keys.map((key, index) => [key, pairs === 0 ? 0 : sums[index]! / pairs])),
      };
    },
  };
}

const overlapKeys = ["f1", "precision", "recall"] as const;

/** The figures against the gold answer that fits best by F1; of equals the first. */
function bestOverlap(golds: readonly string[], score: (gold: string) => OverlapScore): OverlapScore {
  return golds.map(score).reduce((best, other) => (other.f1 > best.f1 ? other : best));
}

const rougeOf =
  (stem: boolean) =>
  ({ prediction, golds }: TextPair): OverlapScore =>
    bestOverlap(golds, (target) => rougeL({ prediction, target, stem }));

export const textMetrics: readonly PairMetric[] = [
  meanMetric("rouge-l", overlapKeys, rougeOf(false)),
  meanMetric("rouge-l-stem", overlapKeys, rougeOf(true)),
  meanMetric("token-f1", overlapKeys, ({ prediction, golds }) =>
    bestOverlap(golds, (gold) => tokenOverlap({ prediction, gold })),
  ),
  meanMetric("box-f1", ["f1"], ({ prediction, golds }) => ({ f1: tokenF1({ prediction, golds: golds.flatMap(boxParts) }) })),
  meanMetric("exact-match", ["exactMatch"], (pair) => ({ exactMatch: exactMatch(pair) })),
  meanMetric("numeric-match", ["numericMatch"], (pair) => ({ numericMatch: numericMatch(pair) })),
];
