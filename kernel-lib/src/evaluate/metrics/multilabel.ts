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

/** `labels` are all that may occur: the macro average goes over them, absent ones count 0. */
export function multilabelScores(options: {
  gold: readonly (readonly string[])[];
  predicted: readonly (readonly string[])[];
  labels: readonly string[];
}): MultilabelScores {
  const { gold, labels } = options;
  const classes = new Map<string, ClassCounts>(labels.map((label) => [label, { common: 0, predicted: 0, gold: 0 }]));
  const samples = { precision: 0, recall: 0, f1: 0 };
  let exact = 0;
  let wrong = 0;
  gold.forEach((wantedLabels, item) => {
    const wanted = new Set(wantedLabels);
    const predicted = new Set(options.predicted[item]);
    let common = 0;
    for (const [label, counts] of classes) {
      const isWanted = wanted.has(label);
      const isPredicted = predicted.has(label);
      if (isWanted) counts.gold++;
      if (isPredicted) counts.predicted++;
      if (isWanted && isPredicted) common++;
      if (isWanted && isPredicted) counts.common++;
      if (isWanted !== isPredicted) wrong++;
    }
    const score = overlapScore(common, predicted.size, wanted.size);
    samples.precision += score.precision / gold.length;
    samples.recall += score.recall / gold.length;
    samples.f1 += score.f1 / gold.length;
    if (common === predicted.size && common === wanted.size) exact++;
  });
  return {
    ...averageScores(classes),
    samples,
    subsetAccuracy: gold.length === 0 ? 0 : exact / gold.length,
    hammingLoss: gold.length === 0 ? 0 : wrong / (gold.length * labels.length),
  };
}
