import { describe, expect, test } from "vitest";
import {
  averageTaskId,
  comparePredictions,
  macroAverage,
  macroDifference,
  scorePredictions,
} from "../../kernel-lib/src/evaluate/index.js";
import { InputError, RunError } from "../../kernel-lib/src/runtime/index.js";
import { colours, makeItems, predict } from "./fixtures.js";

const items = makeItems(6); // red green blue red green blue
const golds = items.map(({ gold }) => gold);
const options = { task: colours, items, runSeed: 3, resamples: 2000 };
const half = ["red", "green", "blue", null, "red", "red"];
const none = items.map(() => null);

describe("scores", () => {
  test("one for each system, k and metric of the task, in percent, with format failures as a share", () => {
    const predictions = [...predict("base", items, half), ...predict("base", items, golds, 5), ...predict("tuned", items, golds)];
    const scores = scorePredictions({ ...options, predictions });
    expect(scores.map(({ system, k, metric, value }) => [system, k, metric, value])).toEqual([
      ["base", 0, "accuracy", 50],
      ["base", 0, "token-f1", 50],
      ["base", 5, "accuracy", 100],
      ["base", 5, "token-f1", 100],
      ["tuned", 0, "accuracy", 100],
      ["tuned", 0, "token-f1", 100],
    ]);
    const [first] = scores;
    expect(first).toMatchObject({ taskId: "colours", n: 6 });
    expect(first!.formatFailures).toBeCloseTo(1 / 6, 12);
    expect(first!.ci[0]).toBeLessThan(50);
    expect(first!.ci[1]).toBeGreaterThan(50);
    expect(scores[2]!.ci).toEqual([100, 100]);
  });

  test("several draws of demonstrations are pooled an item; n stays the number of items", () => {
    const predictions = [...predict("base", items, golds, 5, 0), ...predict("base", items, none, 5, 1)];
    const [accuracy] = scorePredictions({ ...options, predictions });
    expect(accuracy).toMatchObject({ value: 50, n: 6, formatFailures: 0.5, ci: [50, 50] });
  });

  test("do not depend on the order of the predictions", () => {
    const predictions = predict("base", items, half);
    expect(scorePredictions({ ...options, predictions: [...predictions].reverse() })).toEqual(
      scorePredictions({ ...options, predictions }),
    );
  });

  test("metrics of one's own choice replace the task's", () => {
    const scores = scorePredictions({ ...options, predictions: predict("base", items, golds), metrics: ["macro-f1"] });
    expect(scores.map(({ metric, value }) => [metric, value])).toEqual([["macro-f1", 100]]);
  });

  test("a prediction of an item that is not scored is refused", () => {
    const predictions = predict("base", makeItems(1, "stranger"), ["red"]);
    expect(() => scorePredictions({ ...options, predictions })).toThrow(InputError);
  });
});

describe("differences", () => {
  test("are of the same items: a system against itself differs by nothing, with no spread", () => {
    const base = predict("base", items, half);
    const [accuracy] = comparePredictions({ ...options, system: base, against: base });
    expect(accuracy).toMatchObject({ value: 0, ci: [0, 0], significant: false });
  });

  test("are the first system's value minus the other's, at each k that both have", () => {
    const tuned = [...predict("tuned", items, golds), ...predict("tuned", items, golds, 5)];
    const differences = comparePredictions({ ...options, system: tuned, against: predict("base", items, none) });
    expect(differences).toEqual([
      {
        taskId: "colours",
        metric: "accuracy",
        k: 0,
        system: "tuned",
        against: "base",
        value: 100,
        ci: [100, 100],
        n: 6,
        significant: true,
      },
      {
        taskId: "colours",
        metric: "token-f1",
        k: 0,
        system: "tuned",
        against: "base",
        value: 100,
        ci: [100, 100],
        n: 6,
        significant: true,
      },
    ]);
  });

  test("whose interval holds 0 are not significant", () => {
    const one = predict("tuned", items, ["red", null, null, null, null, null]);
    const other = predict("base", items, [null, "green", null, null, null, null]);
    const [accuracy] = comparePredictions({ ...options, system: one, against: other });
    expect(accuracy!.value).toBe(0);
    expect(accuracy!.significant).toBe(false);
  });

  test("over other items are refused", () => {
    const system = predict("tuned", items, golds);
    expect(() => comparePredictions({ ...options, system, against: system.slice(1) })).toThrow(RunError);
  });
});

describe("the average over tasks", () => {
  const other = { ...colours, id: "other", metrics: ["token-f1"] as const };
  const few = makeItems(2, "few");
  const parts = [
    { task: colours, items, predictions: [...predict("base", items, half), ...predict("tuned", items, golds)] },
    { task: other, items: few, predictions: [...predict("base", few, [null, null]), ...predict("tuned", few, ["red", "green"])] },
  ];

  test("counts each task's main metric the same, whatever its number of items", () => {
    const [base, tuned] = macroAverage({ parts, runSeed: 1, resamples: 2000 });
    expect(base).toMatchObject({ taskId: averageTaskId, system: "base", metric: "main", k: 0, value: 25, n: 8 });
    expect(base!.formatFailures).toBeCloseTo((1 / 6 + 1) / 2, 12);
    expect(tuned!.value).toBe(100);
  });

  test("has an interval half as wide as that of its only uncertain task of two", () => {
    const [alone] = scorePredictions({ ...options, predictions: predict("base", items, half), runSeed: 1 });
    const [base] = macroAverage({ parts, runSeed: 1, resamples: 2000 });
    expect(base!.ci[0]).toBeCloseTo(alone!.ci[0] / 2, 9);
    expect(base!.ci[1]).toBeCloseTo(alone!.ci[1] / 2, 9);
  });

  test("leaves out a system that one of the tasks lacks", () => {
    const partial = [parts[0]!, { ...parts[1]!, predictions: predict("base", few, ["red", "red"]) }];
    expect(macroAverage({ parts: partial, runSeed: 1, resamples: 100 }).map(({ system }) => system)).toEqual(["base"]);
  });

  test("has a paired difference", () => {
    const [difference] = macroDifference({ parts, system: "tuned", against: "base", runSeed: 1, resamples: 2000 });
    expect(difference).toMatchObject({ taskId: averageTaskId, value: 75, significant: true, n: 8 });
  });
});
