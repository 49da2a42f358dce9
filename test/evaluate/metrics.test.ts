import { describe, expect, test } from "vitest";
import {
  allMetricNames,
  countEntities,
  metricByName,
  metricNames,
  multilabelScores,
  readEntityList,
  taggedEntities,
  tokenF1,
} from "../../kernel-lib/src/evaluate/index.js";
import { InputError } from "../../kernel-lib/src/runtime/index.js";

function score(name: string, items: { text?: string; reading?: string | null; golds: string[] }[], labels?: string[]): number {
  const metric = metricByName(name, labels);
  const sums = new Array<number>(metric.width).fill(0);
  for (const { text = "", reading = null, golds } of items) {
    metric.tally({ text, reading, golds }).forEach((count, column) => {
      sums[column]! += count;
    });
  }
  return metric.value(sums);
}

describe("text metrics", () => {
  test("token F1 takes the gold answer that fits best", () => {
    expect(tokenF1({ prediction: "The breast cancer.", golds: ["ovarian cancer", "breast cancer"] })).toBe(1);
  });

  test("BoX's token F1 is content with one part of the list", () => {
    const item = { text: "ataxia", golds: ["ataxia, breast cancer"] };
    expect(score("box-token-f1", [item])).toBe(1);
    expect(score("token-f1", [item])).toBeCloseTo(0.5, 12);
  });

  test("ROUGE-L is stemmed, its plain variant is not", () => {
    const item = { text: "mutations", golds: ["mutation"] };
    expect([score("rouge-l", [item]), score("rouge-l-unstemmed", [item])]).toEqual([1, 0]);
  });

  test("the mean is over items, unanswered ones included", () => {
    expect(
      score("exact-match", [
        { text: "yes", golds: ["Yes."] },
        { text: "", golds: ["no"] },
      ]),
    ).toBe(0.5);
  });
});

describe("label metrics", () => {
  const items = [
    { reading: "yes", golds: ["yes"] },
    { reading: "Yes", golds: ["no"] },
    { reading: null, golds: ["maybe"] },
    { reading: "no", golds: ["no"] },
  ];

  test("accuracy counts an unreadable answer as wrong", () => {
    expect(score("accuracy", items)).toBe(0.5);
  });

  test("macro F1 weighs every label alike", () => {
    expect(score("macro-f1", items, ["yes", "no", "maybe"])).toBeCloseTo((2 / 3 + 2 / 3 + 0) / 3, 12);
  });

  test("label sets: an item without labels on either side counts 0 among the samples", () => {
    const scores = multilabelScores({ gold: [["a"], []], predicted: [["a", "b"], []], labels: ["a", "b"] });
    expect(scores.samples.f1).toBeCloseTo(1 / 3, 12);
    expect([scores.subsetAccuracy, scores.hammingLoss, scores.macro.f1]).toEqual([0.5, 0.25, 0.5]);
  });
});

describe("entity F1", () => {
  test("is micro: counts are pooled before the ratio", () => {
    const items = [
      { reading: "ataxia, fever", golds: ["ataxia"] },
      { reading: null, golds: ["fever, cough, cold"] },
    ];
    expect(score("entity-f1", items)).toBeCloseTo((2 * 1) / (2 + 4), 12);
  });

  test("a repeated entity counts once, letters in any case", () => {
    expect(countEntities({ prediction: "Fever, fever,  FEVER", gold: "fever" })).toEqual({ common: 1, predicted: 1, gold: 1 });
  });

  test("a right name with a wrong or missing type is wrong", () => {
    const gold = "p53 <Gene_or_gene_product>, liver <Organ>";
    expect(countEntities({ prediction: "p53 <Organ>, liver", gold })).toEqual({ common: 0, predicted: 2, gold: 2 });
  });

  test("none predicts nothing and finds nothing", () => {
    expect(countEntities({ prediction: "None.", gold: "none" })).toEqual({ common: 0, predicted: 0, gold: 0 });
  });

  test("commas inside a name survive where a type closes it or no space follows", () => {
    expect(readEntityList("1,25-vitamin D, heart")).toHaveLength(2);
    expect(readEntityList("T3, free <Simple_chemical>, heart <Organ>").map(({ text }) => text)).toEqual(["T3, free", "heart"]);
  });

  test("an I- that continues nothing is an entity to conlleval only", () => {
    const tags = ["O", "I-Cell", "B-Cell", "I-Organ", "I-Organ"];
    expect(taggedEntities(tags, "strict")).toEqual(["Cell:2:3"]);
    expect(taggedEntities(tags, "conll")).toEqual(["Cell:1:2", "Cell:2:3", "Organ:3:5"]);
  });
});

describe("metric names", () => {
  test("an unknown metric is refused with the list of those there are", () => {
    expect(() => metricByName("bleu")).toThrow(InputError);
    expect(() => metricByName("bleu")).toThrow(/"bleu".*token-f1.*entity-f1/);
  });

  test("macro F1 needs labels", () => {
    expect(() => metricByName("macro-f1")).toThrow(/labels/);
  });

  test("every metric that a task may ask for exists", () => {
    expect(allMetricNames).toEqual(expect.arrayContaining([...metricNames]));
  });
});
