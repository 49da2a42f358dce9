import { describe, expect, it } from "vitest";
import {
  averageTaskId,
  averageWithoutId,
  type Difference,
  differenceSchema,
  holm,
  isSignificant,
  judgeTable,
  type Likelihood,
  type Prediction,
  scoreSchema,
  type TaskItem,
} from "../../kernel-lib/src/evaluate/index.js";
import { deriveRandom, RunError } from "../../kernel-lib/src/runtime/index.js";
import { colours, makeItems, predict } from "./fixtures.js";

const items = makeItems(30);
const golds = items.map(({ gold }) => gold);
const wrong = golds.map((gold) => (gold === "red" ? "blue" : "red"));
const some = golds.map((gold, index) => (index % 3 === 0 ? gold : wrong[index]!));
const none = items.map(() => null);
const comparisons = [["tuned", "base"]] as const;
const options = { comparisons, runSeed: 3, resamples: 1000 };
const of = (taskId: string, rows: readonly Prediction[]): Prediction[] => rows.map((row) => ({ ...row, taskId }));

const likelihoods = (system: string, rows: readonly TaskItem[], logprobs: (item: TaskItem) => number[]): Likelihood[] =>
  predict(system, rows, []).map(
    ({ raw: _raw, strict: _strict, lenient: _lenient, extraction: _extraction, ...asked }, index) => ({
      ...asked,
      labels: colours.labels!.map((label, place) => ({ label, logprob: logprobs(rows[index]!)[place]!, tokens: place + 1 })),
    }),
  );

describe("judging a table", () => {
  const judged = judgeTable({
    ...options,
    parts: [{ task: colours, items, predictions: [...predict("base", items, some), ...predict("tuned", items, golds)] }],
  });

  it("P5: every difference has its paired test, its interval, its n and a p corrected for all comparisons of its family", () => {
    expect(judged.differences).toHaveLength(4);
    for (const difference of judged.differences) {
      expect(differenceSchema.parse(difference)).toEqual(difference);
      expect(difference).toMatchObject({ system: "tuned", against: "base", n: 30, clusters: 30 });
      expect(difference.ci[0]).toBeLessThanOrEqual(difference.value);
      expect(difference.ci[1]).toBeGreaterThanOrEqual(difference.value);
      expect(difference.pHolm).toBeGreaterThanOrEqual(difference.p!);
      expect(difference.significant).toBe(isSignificant(difference));
    }
    expect(judged.differences.map(({ metric, test }) => [metric, test])).toEqual([
      ["accuracy", "McNemar exact"],
      ["token-f1", "paired bootstrap"],
      ["accuracy", "McNemar exact"],
      ["token-f1", "paired bootstrap"],
    ]);
  });

  it("P5: noise does not hold: of forty comparisons of equal systems some are below 0.05 alone, none after correction", () => {
    const random = deriveRandom("equal systems");
    const systems = Array.from({ length: 41 }, (_, system) => `system-${system}`);
    const predictions = systems.flatMap((system) =>
      predict(
        system,
        items,
        golds.map((gold, index) => (random.uniform() < 0.5 ? gold : wrong[index]!)),
      ),
    );
    const pairs = systems.slice(1).map((system): [string, string] => [system, systems[0]!]);
    const { differences } = judgeTable({ ...options, comparisons: pairs, parts: [{ task: colours, items, predictions }] });
    const family = differences.filter(({ reading, metric }) => reading === "lenient" && metric === "accuracy");
    expect(family.map(({ pHolm }) => pHolm)).toEqual(holm(family.map(({ p }) => p!)));
    expect(family.filter(({ p }) => p! < 0.05).length).toBeGreaterThan(0);
    expect(family.filter(({ significant }) => significant)).toEqual([]);
  });

  it("a system against itself differs by nothing, with no spread and p = 1", () => {
    const twin = [...predict("base", items, some), ...predict("tuned", items, some)];
    const { differences } = judgeTable({ ...options, parts: [{ task: colours, items, predictions: twin }] });
    for (const { value, ci, p, significant } of differences) expect([value, ci, p, significant]).toEqual([0, [0, 0], 1, false]);
  });

  it("compares only where both were asked, and refuses systems that answered other items", () => {
    const predictions = [...predict("base", items, some), ...predict("tuned", items, golds, 5)];
    expect(judgeTable({ ...options, parts: [{ task: colours, items, predictions }] }).differences).toEqual([]);
    const gap = [...predict("base", items, some), ...predict("tuned", items, golds).slice(1)];
    expect(() => judgeTable({ ...options, parts: [{ task: colours, items, predictions: gap }] })).toThrow(RunError);
  });

  it("meets every system with the same draws, whoever else is in the table", () => {
    const alone = judgeTable({ ...options, parts: [{ task: colours, items, predictions: predict("base", items, some) }] });
    expect(alone.scores).toEqual(judged.scores.filter(({ system }) => system === "base"));
  });

  it("tests items of shared documents by the clustered bootstrap, which McNemar's test knows nothing of", () => {
    const twins = items.map((item, index) => ({ ...item, document: `document ${index >> 1}` }));
    const predictions = [...predict("base", twins, some), ...predict("tuned", twins, golds)];
    const { differences } = judgeTable({ ...options, parts: [{ task: colours, items: twins, predictions }] });
    expect(differences[0]).toMatchObject({ metric: "accuracy", n: 30, clusters: 15, test: "paired bootstrap" });
  });

  it("pools several draws, keeps the value of each, and falls back to the bootstrap", () => {
    const predictions = [0, 1].flatMap((draw) => [
      ...predict("base", items, draw === 0 ? golds : none, 1, draw),
      ...predict("tuned", items, golds, 1, draw),
    ]);
    const { scores, differences } = judgeTable({ ...options, parts: [{ task: colours, items, predictions }] });
    expect(scores[0]).toMatchObject({ system: "base", metric: "accuracy", value: 50, draws: [100, 0], formatFailures: 0.5 });
    expect(differences[0]).toMatchObject({ metric: "accuracy", value: 50, test: "paired bootstrap" });
  });
});

describe("likelihood readings", () => {
  const sums = { red: [-1, -3, -9], green: [-2, -3, -9], blue: [-4, -5, -4.5] };
  const rows = likelihoods("base", items, ({ gold }) => sums[gold as keyof typeof sums]);
  const judge = (given: readonly Likelihood[]) =>
    judgeTable({ ...options, parts: [{ task: colours, items, predictions: predict("base", items, none), likelihoods: given }] })
      .scores;

  it("score the likeliest label, by the sum of its tokens and per token", () => {
    const shown = judge(rows).map(({ reading, metric, value }) => [reading, metric, Math.round(value)]);
    expect(shown).toEqual([
      ["lenient", "accuracy", 0],
      ["lenient", "token-f1", 0],
      ["strict", "accuracy", 0],
      ["strict", "token-f1", 0],
      ["likelihood", "accuracy", 33],
      ["likelihood", "token-f1", 33],
      ["likelihood-per-token", "accuracy", 100],
      ["likelihood-per-token", "token-f1", 100],
    ]);
  });

  it("count a failed request as wrong", () => {
    const failed = rows.map((row, index) => (index === 0 ? { ...row, labels: [], error: "timeout" } : row));
    const [accuracy] = judge(failed).filter(({ reading }) => reading === "likelihood-per-token");
    expect(accuracy).toMatchObject({ n: 30, errors: 1 });
    expect(accuracy!.value).toBeCloseTo((100 * 29) / 30, 9);
  });
});

describe("the clean subset", () => {
  const predictions = [...predict("base", items, some), ...predict("tuned", items, golds)];
  const clean = new Set(items.filter((_, index) => index % 3 !== 0).map(({ id }) => id));

  it("is scored and compared beside all items, in a family of its own", () => {
    const { scores, differences } = judgeTable({ ...options, parts: [{ task: colours, items, predictions, clean }] });
    const base = scores.filter(
      ({ system, metric, reading }) => system === "base" && metric === "accuracy" && reading === "lenient",
    );
    expect(base.map(({ subset, n, value }) => [subset, n, Math.round(value)])).toEqual([
      ["all", 30, 33],
      ["clean", 20, 0],
    ]);
    const cleaned = differences.filter(({ subset, metric }) => subset === "clean" && metric === "accuracy");
    expect(cleaned.map(({ value, p, pHolm }) => [value, p === pHolm])).toEqual([
      [100, true],
      [100, true],
    ]);
  });

  it("has no rows where nothing stays or nothing was searched", () => {
    const rows = [undefined, new Set<string>()].map(
      (kept) => judgeTable({ ...options, parts: [{ task: colours, items, predictions, ...(kept && { clean: kept }) }] }).scores,
    );
    expect(rows.flat().filter(({ subset }) => subset === "clean")).toEqual([]);
  });
});

describe("averages over tasks", () => {
  const few = makeItems(4, "few");
  const part = (id: string, rows: TaskItem[], base: readonly (string | null)[], tuned: readonly (string | null)[]) => ({
    task: { ...colours, id },
    items: rows,
    predictions: of(id, [...predict("base", rows, base), ...predict("tuned", rows, tuned)]),
  });
  const fewGolds = few.map(({ gold }) => gold);
  const parts = [
    part("colours", items, some, golds),
    part("other", few, [null, null, null, null], fewGolds),
    part("bioasq-yesno", few, fewGolds, fewGolds),
  ];
  const { scores, differences } = judgeTable({ ...options, parts });
  const averages = (taskId: string) => scores.filter((row) => row.taskId === taskId && row.reading === "lenient");

  it("count each task's main metric the same, whatever its number of items, with and without the paper's outliers", () => {
    expect(averages(averageTaskId).map(({ system, metric, n, value }) => [system, metric, n, Math.round(value)])).toEqual([
      ["base", "main", 38, 44],
      ["tuned", "main", 38, 100],
    ]);
    expect(averages(averageWithoutId).map(({ system, n, value }) => [system, n, Math.round(value)])).toEqual([
      ["base", 34, 17],
      ["tuned", 34, 100],
    ]);
    for (const score of scores) expect(scoreSchema.parse(score)).toEqual(score);
  });

  it.each(["bioasq-yesno", "medical-drugs"])("are told without %s too, where a table has it", (outlier) => {
    const withOutlier = [parts[0]!, parts[1]!, part(outlier, few, fewGolds, fewGolds)];
    const ns = judgeTable({ ...options, parts: withOutlier }).scores.filter(({ taskId }) => taskId === averageWithoutId);
    expect([...new Set(ns.map(({ n }) => n))]).toEqual([34]);
  });

  it("have an interval a third as wide as that of their only uncertain task of three", () => {
    const [alone] = scores.filter(
      ({ taskId, system, metric }) => taskId === "colours" && system === "base" && metric === "accuracy",
    );
    const [average] = averages(averageTaskId);
    expect(average!.ci[1] - average!.ci[0]).toBeCloseTo((alone!.ci[1] - alone!.ci[0]) / 3, 9);
  });

  it("have paired differences, in the family of their tasks", () => {
    const family = differences.filter(
      ({ reading, metric }: Difference) => reading === "lenient" && (metric === "main" || metric === "accuracy"),
    );
    expect(family.map(({ taskId }) => taskId)).toEqual(["colours", "other", "bioasq-yesno", averageTaskId, averageWithoutId]);
    expect(family.map(({ pHolm }) => pHolm)).toEqual(holm(family.map(({ p }) => p!)));
    expect(family[3]!.value).toBeCloseTo((200 / 3 + 100) / 3, 9);
  });

  it("leave out a system that one of the tasks lacks, and are not made of one task", () => {
    const partial = [parts[0]!, { ...parts[1]!, predictions: of("other", predict("base", few, fewGolds)) }];
    const judged = judgeTable({ ...options, parts: partial }).scores.filter(({ taskId }) => taskId === averageTaskId);
    expect([...new Set(judged.map(({ system }) => system))]).toEqual(["base"]);
    const single = judgeTable({ ...options, parts: [parts[0]!] }).scores.map(({ taskId }) => taskId);
    expect(new Set(single)).toEqual(new Set(["colours"]));
  });
});
