// Micro, macro and weighted averages of precision, recall and F1 over classes, as scikit-learn defines them with zero_division 0.
import { type OverlapScore, overlapScore } from "../../filter/index.js";

export interface ClassCounts {
  common: number;
  predicted: number;
  gold: number;
}

export interface ClassScore extends OverlapScore {
  /** How often the class is in the gold answers. */
  support: number;
}

export interface ScoreAverages {
  micro: ClassScore;
  macro: ClassScore;
  weighted: ClassScore;
  perClass: Map<string, ClassScore>;
}

const scoreOf = ({ common, predicted, gold }: ClassCounts): ClassScore => ({
  ...overlapScore(common, predicted, gold),
  support: gold,
});

function average(scores: readonly ClassScore[], weightOf: (score: ClassScore) => number): ClassScore {
  const mean = { precision: 0, recall: 0, f1: 0, support: 0 };
  const total = scores.reduce((sum, score) => sum + weightOf(score), 0);
  for (const score of scores) {
    const weight = total === 0 ? 0 : weightOf(score) / total;
    mean.precision += weight * score.precision;
    mean.recall += weight * score.recall;
    mean.f1 += weight * score.f1;
    mean.support += score.support;
  }
  return mean;
}

export function averageScores(classes: ReadonlyMap<string, ClassCounts>): ScoreAverages {
  const pooled = { common: 0, predicted: 0, gold: 0 };
  for (const { common, predicted, gold } of classes.values()) {
    pooled.common += common;
    pooled.predicted += predicted;
    pooled.gold += gold;
  }
  const perClass = new Map([...classes].map(([name, counts]) => [name, scoreOf(counts)]));
  const scores = [...perClass.values()];
  return {
    micro: scoreOf(pooled),
    macro: average(scores, () => 1),
    weighted: average(scores, ({ support }) => support),
    perClass,
  };
}
