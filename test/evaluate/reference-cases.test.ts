// Values of rouge-score, NLTK, seqeval, scikit-learn and NumPy, and of SQuAD's rule written in Python. The cases hold fetched texts and
// lie outside the repository; where they are absent these tests are skipped by name.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { multilabelScores } from "../../kernel-lib/src/evaluate/metrics/multilabel.js";
import type { PairValues } from "../../kernel-lib/src/evaluate/metrics/pair-metric.js";
import type { ClassScore, ScoreAverages } from "../../kernel-lib/src/evaluate/metrics/score-averages.js";
import { type PairScore, scorePairs } from "../../kernel-lib/src/evaluate/metrics/score-pairs.js";
import { type Scheme, sequenceF1 } from "../../kernel-lib/src/evaluate/metrics/sequence-f1.js";
import { boxParts, exactMatch, tokenF1, tokenOverlap } from "../../kernel-lib/src/evaluate/metrics/token-f1.js";
import { bootstrap, interval95 } from "../../kernel-lib/src/evaluate/statistics/bootstrap.js";
import { porterStem, rougeL } from "../../kernel-lib/src/filter/index.js";
import { projectRoot, writeJsonl } from "../../kernel-lib/src/runtime/index.js";

const folder = join(projectRoot(), "..", "shared", "reference-cases");
const absent = !existsSync(folder);

function readCases<T>(name: string): T[] {
  return (JSON.parse(readFileSync(join(folder, `${name}_cases.json`), "utf8")) as { cases: T[] }).cases;
}

interface Expected {
  p: number;
  r: number;
  f?: number;
  f1?: number;
  support?: number;
}

function expectScore(
  score: { precision: number; recall: number; f1: number; support?: number },
  expected: Expected,
  where: string,
) {
  expect(score.precision, where).toBeCloseTo(expected.p, 9);
  expect(score.recall, where).toBeCloseTo(expected.r, 9);
  expect(score.f1, where).toBeCloseTo((expected.f ?? expected.f1)!, 9);
  if (expected.support !== undefined) expect(score.support, where).toBe(expected.support);
}

interface ExpectedAverages {
  micro: Expected;
  macro: Expected;
  weighted: Expected;
}

function expectAverages(scores: ScoreAverages, expected: ExpectedAverages, where: string) {
  for (const average of ["micro", "macro", "weighted"] as const) {
    expectScore(scores[average] satisfies ClassScore, expected[average], `${where}, ${average}`);
  }
}

describe.skipIf(absent)("against the reference libraries", () => {
  test("token F1 and exact match follow SQuAD, and BoX's best part", () => {
    type OneGold = Record<"precision" | "recall" | "box_f1" | "box_em", number | null>;
    type Case = OneGold & { id: number; prediction: string; golds: string[]; f1: number; em: number };
    const cases = readCases<Case>("token_f1");
    expect(cases).toHaveLength(100);
    for (const { id, prediction, golds, ...expected } of cases) {
      expect(tokenF1({ prediction, golds }), `case ${id}`).toBeCloseTo(expected.f1, 9);
      expect(exactMatch({ prediction, golds }), `case ${id}`).toBe(expected.em);
      if (golds.length > 1) continue;
      const parts = boxParts(golds[0]!);
      expect(tokenF1({ prediction, golds: parts }), `case ${id}`).toBeCloseTo(expected.box_f1!, 9);
      expect(exactMatch({ prediction, golds: parts }), `case ${id}`).toBe(expected.box_em);
      const overlap = tokenOverlap({ prediction, gold: golds[0]! });
      expect(overlap.precision, `case ${id}`).toBeCloseTo(expected.precision!, 9);
      expect(overlap.recall, `case ${id}`).toBeCloseTo(expected.recall!, 9);
    }
  });

  test("ROUGE-L equals rouge-score, stemmed and not", () => {
    const cases = readCases<{ id: number; prediction: string; target: string; stem: Expected; nostem: Expected }>("rouge_l");
    expect(cases).toHaveLength(100);
    for (const { id, prediction, target, stem, nostem } of cases) {
      expectScore(rougeL({ prediction, target, stem: true }), stem, `case ${id}, stemmed`);
      expectScore(rougeL({ prediction, target }), nostem, `case ${id}`);
    }
  });

  test("stems equal NLTK's", () => {
    const cases = readCases<[string, string]>("porter");
    expect(cases).toHaveLength(700);
    for (const [word, stem] of cases) expect(porterStem(word), word).toBe(stem);
  });

  test("entity scores of tagged sentences equal seqeval's, in both of its modes", () => {
    type Mode = ExpectedAverages & { per_type: Record<string, Expected> };
    const cases = readCases<{ id: number; gold: string[][]; pred: string[][]; strict: Mode; default: Mode }>("ner");
    expect(cases).toHaveLength(20);
    for (const { id, gold, pred: predicted, ...modes } of cases) {
      const schemes: [Scheme, Mode][] = [
        ["strict", modes.strict],
        ["conll", modes.default],
      ];
      for (const [scheme, expected] of schemes) {
        const scores = sequenceF1({ gold, predicted, scheme });
        expectAverages(scores, expected, `case ${id}, ${scheme}`);
        expect([...scores.perClass.keys()].sort()).toEqual(Object.keys(expected.per_type).sort());
        for (const [type, score] of scores.perClass)
          expectScore(score, expected.per_type[type]!, `case ${id}, ${scheme}, ${type}`);
      }
    }
  });

  test("label sets are scored as by scikit-learn", () => {
    type Case = ExpectedAverages & {
      id: number;
      gold: string[][];
      pred: string[][];
      samples: Expected;
      per_label_f1: Record<string, number>;
      subset_accuracy: number;
      hamming_loss: number;
    };
    const cases = readCases<Case>("multilabel");
    expect(cases).toHaveLength(20);
    for (const { id, gold, pred: predicted, ...expected } of cases) {
      const scores = multilabelScores({ gold, predicted, labels: Object.keys(expected.per_label_f1) });
      expectAverages(scores, expected, `case ${id}`);
      expectScore(scores.samples, expected.samples, `case ${id}, samples`);
      expect(scores.subsetAccuracy).toBeCloseTo(expected.subset_accuracy, 9);
      expect(scores.hammingLoss).toBeCloseTo(expected.hamming_loss, 9);
      for (const [label, f1] of Object.entries(expected.per_label_f1)) expect(scores.perClass.get(label)?.f1).toBeCloseTo(f1, 9);
    }
  });

  test("the paired bootstrap's interval lies in NumPy's bands", () => {
    type Case = {
      id: number;
      n: number;
      a: number[];
      b: number[];
      mean_diff: number;
      share_le_0: number;
      share_tolerance: number;
    };
    const cases = readCases<Case & Record<"low_band" | "high_band", [number, number]>>("bootstrap");
    expect(cases).toHaveLength(10);
    for (const { id, n, a, b, mean_diff, low_band, high_band, share_le_0, share_tolerance } of cases) {
      const tallies = new Float64Array(a.flatMap((score, index) => [score, b[index]!]));
      const [result] = bootstrap({
        tallies,
        width: 2,
        statistics: [(sums) => (sums[1]! - sums[0]!) / n],
        key: ["reference case", id],
      });
      const [low, high] = interval95(result!.resampled);
      expect(result!.value, `case ${id}`).toBeCloseTo(mean_diff, 9);
      expect(low, `case ${id}`).toBeGreaterThanOrEqual(low_band[0]);
      expect(low, `case ${id}`).toBeLessThanOrEqual(low_band[1]);
      expect(high, `case ${id}`).toBeGreaterThanOrEqual(high_band[0]);
      expect(high, `case ${id}`).toBeLessThanOrEqual(high_band[1] + 1e-9); // the band of two identical systems ends below its 0
      const share = result!.resampled.filter((value) => value <= 0).length / result!.resampled.length;
      expect(Math.abs(share - share_le_0), `case ${id}`).toBeLessThanOrEqual(share_tolerance);
    }
  });
});

describe.skipIf(absent)("the same cases as files of pairs", () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "pairs-"));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  interface Scored extends PairScore {
    items: PairValues[];
  }

  async function score(metric: string, pairs: readonly unknown[]): Promise<Scored> {
    const path = join(directory, "pairs.jsonl");
    writeJsonl(path, pairs);
    const items: PairValues[] = [];
    const whole = await scorePairs({ path, metric, onPair: (pair) => void items.push(pair.values()) });
    return { ...whole, items };
  }

  const expectClass = (values: PairValues | number | undefined, expected: Expected, where: string) =>
    expectScore(values as unknown as ClassScore, expected, where);

  test("texts: token F1, BoX's best part, exact match", async () => {
    type Case = { id: number; prediction: string; golds: string[]; f1: number; em: number; box_f1: number | null };
    const cases = readCases<Case>("token_f1");
    const pairs = cases.map(({ id, prediction, golds }) => ({ id, prediction, golds }));
    const token = await score("token-f1", pairs);
    const box = await score("box-f1", pairs);
    const exact = await score("exact-match", pairs);
    cases.forEach(({ id, f1, em, box_f1 }, index) => {
      expect(token.items[index]!.f1, `case ${id}`).toBeCloseTo(f1, 9);
      expect(exact.items[index]!.exactMatch, `case ${id}`).toBe(em);
      if (box_f1 !== null) expect(box.items[index]!.f1, `case ${id}`).toBeCloseTo(box_f1, 9);
    });
    expect(token.value.f1).toBeCloseTo(cases.reduce((sum, { f1 }) => sum + f1, 0) / cases.length, 9);
  });

  test("texts: ROUGE-L with and without stems", async () => {
    const cases = readCases<{ id: number; prediction: string; target: string; stem: Expected; nostem: Expected }>("rouge_l");
    const pairs = cases.map(({ id, prediction, target }) => ({ id, prediction, golds: [target] }));
    const stem = await score("rouge-l-stem", pairs);
    const plain = await score("rouge-l", pairs);
    cases.forEach((expected, index) => {
      expectClass(stem.items[index], expected.stem, `case ${expected.id}, stemmed`);
      expectClass(plain.items[index], expected.nostem, `case ${expected.id}`);
    });
  });

  test("tags: micro, macro, weighted and every type", async () => {
    type Case = {
      id: number;
      gold: string[][];
      pred: string[][];
      strict: ExpectedAverages & { per_type: Record<string, Expected> };
    };
    for (const { id, gold, pred, strict } of readCases<Case>("ner")) {
      const { value } = await score(
        "entity-f1",
        gold.map((tags, index) => ({ id: index, gold: tags, prediction: pred[index]! })),
      );
      for (const average of ["micro", "macro", "weighted"] as const)
        expectClass(value[average], strict[average], `case ${id}, ${average}`);
      expect(Object.keys(value.perType!)).toEqual(Object.keys(strict.per_type).sort());
      for (const [type, expected] of Object.entries(strict.per_type))
        expectClass((value.perType as PairValues)[type], expected, `case ${id}, ${type}`);
      expect(value.f1).toBeCloseTo(strict.micro.f1!, 9);
    }
  });

  // A file names no label set: labels are those that occur in it. Where one of the ten does not, the macro average and the Hamming loss,
  // which count it, are other than the reference's by definition, and are not compared.
  test("label sets: all averages, over the labels that the file holds", async () => {
    type Case = ExpectedAverages & {
      id: number;
      gold: string[][];
      pred: string[][];
      samples: Expected;
      per_label_f1: Record<string, number>;
      subset_accuracy: number;
      hamming_loss: number;
    };
    let complete = 0;
    for (const { id, gold, pred, ...expected } of readCases<Case>("multilabel")) {
      const { value } = await score(
        "multilabel-f1",
        gold.map((labels, index) => ({ id: index, gold: labels, prediction: pred[index]! })),
      );
      for (const average of ["micro", "weighted", "samples"] as const)
        expectClass(value[average], expected[average], `case ${id}, ${average}`);
      expect(value.subsetAccuracy).toBeCloseTo(expected.subset_accuracy, 9);
      const perLabel = value.perLabel as unknown as Record<string, ClassScore>;
      for (const [label, { f1 }] of Object.entries(perLabel)) expect(f1).toBeCloseTo(expected.per_label_f1[label]!, 9);
      if (Object.keys(perLabel).length < Object.keys(expected.per_label_f1).length) continue;
      complete++;
      expectClass(value.macro, expected.macro, `case ${id}, macro`);
      expect(value.hammingLoss).toBeCloseTo(expected.hamming_loss, 9);
    }
    expect(complete).toBeGreaterThan(0);
  });
});
