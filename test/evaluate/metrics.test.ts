import { describe, expect, test } from "vitest";
import {
  type AnsweredItem,
  allMetricNames,
  countEntities,
  metricByName,
  metricNames,
  multilabelScores,
  numericMatch,
  readEntityList,
  taggedEntities,
  tokenF1,
} from "../../kernel-lib/src/evaluate/index.js";
import { InputError } from "../../kernel-lib/src/runtime/index.js";

type Answer = Pick<AnsweredItem, "golds" | "labels" | "parts"> & { text?: string; reading?: string | null };

function score(name: string, items: readonly Answer[], labels?: string[]): number {
  const metric = metricByName(name, labels);
  const sums = new Array<number>(metric.width).fill(0);
  for (const { text = "", reading = null, ...gold } of items) {
    metric.tally({ text, reading, ...gold }).forEach((count, column) => {
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
    expect(score("box-f1", [item])).toBe(1);
    expect(score("token-f1", [item])).toBeCloseTo(0.5, 12);
  });

  test("ROUGE-L stems words only where its name says so", () => {
    const item = { text: "mutations", golds: ["mutation"] };
    expect([score("rouge-l", [item]), score("rouge-l-stem", [item])]).toEqual([0, 1]);
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

describe("entity types in tags", () => {
  test("hyphens at their ends do not count in the strict mode, and do to conlleval, as in seqeval", () => {
    const tags = ["B-cell-line", "I-cell-line-", "B--cell", "B"];
    expect(taggedEntities(tags, "strict")).toEqual(["cell-line:0:2", "cell:2:3", "_:3:4"]);
    expect(taggedEntities(tags, "conll")).toEqual(["cell-line:0:1", "cell-line-:1:2", "-cell:2:3", "_:3:4"]);
  });
});

describe("averages over classes", () => {
  const items = [
    { reading: "a, b", golds: ["a"] },
    { reading: "none", golds: ["c"], labels: ["C"] },
    { reading: null, golds: ["none"] },
  ];

  test("label sets are pooled, averaged over all labels, or over items", () => {
    const labels = ["a", "b", "c"];
    const gold = [["a"], ["c"], []];
    const expected = multilabelScores({ gold, predicted: [["a", "b"], [], []], labels });
    expect(score("multilabel-f1", items)).toBeCloseTo(expected.micro.f1, 12);
    expect(score("multilabel-f1-macro", items, labels)).toBeCloseTo(expected.macro.f1, 12);
    expect(score("multilabel-f1-samples", items)).toBeCloseTo(expected.samples.f1, 12);
    expect([expected.micro.f1, expected.macro.f1, expected.samples.f1]).toEqual([0.5, 1 / 3, 2 / 9]);
  });

  test("an entity type that nobody names is left out, as by seqeval", () => {
    const typed = [{ reading: "p53 <Gene>, liver <Organ>", golds: ["p53 <Gene>, heart <Organ>"] }];
    expect(score("entity-f1-macro", typed, ["Gene", "Organ", "Cell"])).toBe(0.5);
  });
});

describe("list F1", () => {
  const parts = [["tumour necrosis factor", "TNF"], ["1,2-dichloroethane, pure"], ["insulin"]];
  const listF1 = (reading: string | null): number => score("list-f1", [{ reading, golds: ["x"], parts }]);

  test("an item is right in any of its spellings, once", () => {
    expect(listF1("tnf, Insulin")).toBeCloseTo(0.8, 12);
    expect(listF1("TNF, tumour necrosis factor, insulin")).toBeCloseTo(0.8, 12);
    expect(listF1("TNF, aspirin, aspirin")).toBeCloseTo(0.4, 12);
  });

  test("a spelling may hold a comma", () => {
    expect(listF1("insulin, 1,2-dichloroethane, pure, TNF")).toBe(1);
  });

  test("is a mean over lists; an unreadable answer names nothing", () => {
    const answers = [null, "insulin"].map((reading) => ({ reading, golds: ["insulin"] }));
    expect(score("list-f1", answers)).toBe(0.5);
  });
});

describe("numeric match", () => {
  test.each([
    ["$1,234.5", "1234.5", "currency and separators"],
    ["-0.4", "(0.4)", "a negative in parentheses"],
    ["\u22120.4", "-0.4", "a typographic minus"],
    ["3.0 million", "$3,000,000", "a scale word"],
    ["12.5%", "12.5", "a percent sign left out"],
    ["12.5%", "0.125", "a percentage for a fraction"],
    ["0.125", "12.5 %", "a fraction for a percentage"],
    ["12.47", "12.5", "more decimals than asked"],
    ["12.6%", "0.12574", "the gold number rounded to three figures"],
    ["9119", "9119.0", "a whole number"],
    ["3.00", "3", "a short whole number with decimals that say nothing"],
    ["300%", "3", "a percentage for a short whole number"],
    ["4,000,000", "4 million", "a short whole number of millions, written out"],
    ["119.3", "119", "more decimals than three figures have"],
    ["Yes.", "yes", "what is no number"],
    ["The United Kingdom", "united kingdom", "a phrase"],
  ])("%j is %j: %s", (prediction, gold) => {
    expect(numericMatch({ prediction, golds: [gold] })).toBe(1);
  });

  test.each([
    ["12.4", "12.5", "further than its rounding"],
    ["0.13", "0.12574", "rounded to two figures"],
    ["9120", "9119.0", "rounded to tens"],
    ["2.6", "3", "a number beside a count"],
    ["0.3", "0", "a number beside zero"],
    ["39.7%", "40 %", "a percentage beside a short whole one"],
    ["3.9 million", "4 million", "an amount beside a short whole one"],
    ["12.5", "0.125", "a fraction without a percent sign on either side"],
    ["3.0", "3.0 million", "without its scale word"],
    ["0.4", "(0.4)", "the other sign"],
    ["about 12.5", "12.5", "more than a number"],
    ["12.5", "yes", "a number for a word"],
    ["1,23", "123", "a comma that separates no thousands"],
    ["(4", "-4", "half a pair of parentheses"],
    ["", "0", "nothing"],
  ])("%j is not %j: %s", (prediction, gold) => {
    expect(numericMatch({ prediction, golds: [gold] })).toBe(0);
  });

  test("any of several gold answers is enough, and the reading is what counts", () => {
    expect(score("numeric-match", [{ text: "it is 5", reading: "5", golds: ["4", "5.0"] }])).toBe(1);
    expect(score("numeric-match", [{ text: "5", reading: null, golds: ["5"] }])).toBe(0);
  });
});

describe("metric names", () => {
  test("an unknown metric is refused with the list of those there are", () => {
    expect(() => metricByName("bleu")).toThrow(InputError);
    expect(() => metricByName("bleu")).toThrow(/"bleu".*token-f1.*entity-f1/);
  });

  test.each(["macro-f1", "multilabel-f1-macro", "entity-f1-macro"])("%s needs labels", (name) => {
    expect(() => metricByName(name)).toThrow(/labels/);
  });

  test("every metric that a task may ask for exists", () => {
    expect(allMetricNames).toEqual(expect.arrayContaining([...metricNames]));
  });
});
