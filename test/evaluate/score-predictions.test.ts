import { describe, expect, test } from "vitest";
import { scorePredictions } from "../../kernel-lib/src/evaluate/index.js";
import { InputError } from "../../kernel-lib/src/runtime/index.js";
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
    expect(accuracy).toMatchObject({ value: 50, n: 6, formatFailures: 0.5, ci: [50, 50], draws: [100, 0] });
  });

  test("take the strict reading on request: an answer that lacks the format is then wrong", () => {
    const loose = predict("base", items, golds).map((row, index) => (index < 2 ? { ...row, strict: null } : row));
    const strict = scorePredictions({ ...options, predictions: loose, reading: "strict" });
    expect(strict.map(({ reading, metric, value }) => [reading, metric, Math.round(value)])).toEqual([
      ["strict", "accuracy", 67],
      ["strict", "token-f1", 67],
    ]);
    expect(scorePredictions({ ...options, predictions: loose })[0]).toMatchObject({
      reading: "lenient",
      value: 100,
      formatFailures: 1 / 3,
    });
  });

  test("count a failed request as a wrong answer, and say how many there were", () => {
    const predictions = predict("base", items, golds).map((row, index) =>
      index === 0 ? { ...row, raw: "", strict: null, lenient: null, error: "timeout" } : row,
    );
    const [accuracy] = scorePredictions({ ...options, predictions });
    expect(accuracy).toMatchObject({ n: 6, errors: 1 });
    expect(accuracy!.value).toBeCloseTo(500 / 6, 9);
  });

  test("draw the items of one document together: twins make the interval of half as many items", () => {
    const twins = items.flatMap((item) => [0, 1].map((copy) => ({ ...item, id: `${item.id}-${copy}`, document: item.id })));
    const answers = half.flatMap((answer) => [answer, answer]);
    const [together] = scorePredictions({ ...options, items: twins, predictions: predict("base", twins, answers) });
    const [single] = scorePredictions({ ...options, predictions: predict("base", items, half) });
    expect(together).toMatchObject({ n: 12, clusters: 6, ci: single!.ci });
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
