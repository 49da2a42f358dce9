// What a judge's scores are worth: beside labels that people gave, the share of good rows in each range of scores, and the area under the
// ROC curve (Hanley & McNeil 1982) with a bootstrap interval. At 0.5 the judge is at chance.
import { deriveRandom, InputError } from "../runtime/index.js";
import type { Judgement } from "./judge.js";

export interface CalibrationBin {
  /** Scores from `from` up to `to`; the last bin holds its upper end too. */
  from: number;
  to: number;
  rows: number;
  /** Null in an empty bin. */
  meanScore: number | null;
  shareGood: number | null;
}

export interface Calibration {
  bins: CalibrationBin[];
  rows: number;
  good: number;
  /** The probability that a good row scores above a bad one, ties counted half. */
  auc: number;
  /** 95 %, by resampling good and bad rows apart (percentile bootstrap, 2,000 resamples). */
  aucInterval: [number, number];
}

/** By ranks (Mann–Whitney U), ties sharing their mean rank. */
function areaUnderCurve(good: readonly number[], bad: readonly number[]): number {
  const all = [...good.map((score) => ({ score, good: 1 })), ...bad.map((score) => ({ score, good: 0 }))];
  all.sort((a, b) => a.score - b.score);
  let rankSum = 0;
  for (let start = 0; start < all.length; ) {
    let end = start;
    let goods = 0;
    for (; end < all.length && all[end]!.score === all[start]!.score; end++) goods += all[end]!.good;
    rankSum += goods * ((start + 1 + end) / 2);
    start = end;
  }
  return (rankSum - (good.length * (good.length + 1)) / 2) / (good.length * bad.length);
}

const resamples = 2000;

/**
 * Scores beside labels (true: good).
 * @throws InputError where a labelled row has no score, or the labels are all alike (there is no curve then).
 */
export function calibration(options: {
  scores: readonly Judgement[];
  labels: Readonly<Record<string, boolean>>;
  /** Bins of equal width. Default 5. */
  bins?: number;
}): Calibration {
  const { scores, labels, bins: binCount = 5 } = options;
  const scoreOf = new Map(scores.map(({ id, score }) => [id, score]));
  const rows = Object.entries(labels).map(([id, isGood]) => {
    const score = scoreOf.get(id);
    if (score === undefined)
      throw new InputError({ got: `the label of ${id} without a score`, todo: "judge every labelled row" });
    return { score, isGood };
  });
  const good = rows.filter(({ isGood }) => isGood).map(({ score }) => score);
  const bad = rows.filter(({ isGood }) => !isGood).map(({ score }) => score);
  if (good.length === 0 || bad.length === 0)
    throw new InputError({ got: `${good.length} good and ${bad.length} bad labels`, allowed: "at least one of each" });
  const bins = Array.from({ length: binCount }, (_, bin): CalibrationBin => {
    const own = rows.filter(({ score }) => Math.min(binCount - 1, Math.floor(score * binCount)) === bin);
    const mean = (values: readonly number[]): number | null =>
      values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
    return {
      ...{ from: bin / binCount, to: (bin + 1) / binCount, rows: own.length },
      ...{ meanScore: mean(own.map(({ score }) => score)), shareGood: mean(own.map(({ isGood }) => Number(isGood))) },
    };
  });
  const random = deriveRandom("judge-calibration", rows.length);
  const resampled = (values: readonly number[]): number[] => values.map(() => values[random.integer(values.length)]!);
  const areas = Array.from({ length: resamples }, () => areaUnderCurve(resampled(good), resampled(bad))).sort((a, b) => a - b);
  const at = (share: number): number => areas[Math.round(share * (resamples - 1))]!;
  return { bins, rows: rows.length, good: good.length, auc: areaUnderCurve(good, bad), aucInterval: [at(0.025), at(0.975)] };
}
