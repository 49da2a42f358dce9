// Scores of label sets (an item may have several labels, or none), as scikit-learn gives them with zero_division 0.
import { type OverlapScore, overlapScore } from "../../filter/index.js";
import { averageScores, type ClassCounts, type ScoreAverages } from "./score-averages.js";

export interface MultilabelScores extends ScoreAverages {
  /** Mean over items; an item without any label on either side counts 0. */
  samples: OverlapScore;
  /** Share of items whose set is exactly right. */
  subsetAccuracy: number;
  /** Share of (item, label) decisions that are wrong. */
  hammingLoss: number;
}

/** Counts that grow by an item at a time and never hold the items. */
export interface MultilabelTally {
  add(item: { gold: readonly string[]; predicted: readonly string[] }): void;
  scores(): MultilabelScores;
}

/** `labels` are those that count from the start, absent ones as 0 in the macro average; others join when an item has them. */
export function multilabelTally(labels: readonly string[] = []): MultilabelTally {
  const classes = new Map<string, ClassCounts>(labels.map((label) => [label, { common: 0, predicted: 0, gold: 0 }]));
  const countsOf = (label: string): ClassCounts => {
    const counts = classes.get(label) ?? { common: 0, predicted: 0, gold: 0 };
    classes.set(label, counts);
    return counts;
  };
  const sums = { precision: 0, recall: 0, f1: 0 };
  let items = 0;
  let exact = 0;
  let wrong = 0;
  return {
    add(item) {
      const gold = new Set(item.gold);
      const predicted = new Set(item.predicted);
      let common = 0;
      for (const label of gold) countsOf(label).gold++;
      for (const label of predicted) {
        const counts = countsOf(label);
        counts.predicted++;
        if (!gold.has(label)) continue;
        counts.common++;
        common++;
      }
      const score = overlapScore(common, predicted.size, gold.size);
      sums.precision += score.precision;
      sums.recall += score.recall;
      sums.f1 += score.f1;
      items++;
      if (common === predicted.size && common === gold.size) exact++;
      wrong += predicted.size + gold.size - 2 * common;
    },
    scores() {
      const mean = (sum: number, count = items): number => (count === 0 ? 0 : sum / count);
      return {
        ...averageScores(classes),
        samples: { precision: mean(sums.precision), recall: mean(sums.recall), f1: mean(sums.f1) },
        subsetAccuracy: mean(exact),
        hammingLoss: mean(wrong, items * classes.size),
      };
    },
  };
}

/** The scores of items at hand; `labels` as for {@link multilabelTally}. */
export function multilabelScores(options: {
  gold: readonly (readonly string[])[];
  predicted: readonly (readonly string[])[];
  labels: readonly string[];
}): MultilabelScores {
  const tally = multilabelTally(options.labels);
  options.gold.forEach((gold, item) => {
    tally.add({ gold, predicted: options.predicted[item] ?? [] });
  });
  return tally.scores();
}
