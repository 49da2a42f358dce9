import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { compareFiles } from "../../kernel-lib/src/cli/compare-files.js";
import {
  bootstrapDifference,
  countWithheld,
  judgeTable,
  metricByName,
  openTask,
  predictionSchema,
  sampleItems,
} from "../../kernel-lib/src/evaluate/index.js";
import { toJsonl } from "../../kernel-lib/src/runtime/index.js";
import { complaintOf, selfspec, temporaryFolder } from "./command.js";

function file(name: string, rows: readonly unknown[]): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, name.endsWith(".gz") ? gzipSync(toJsonl(rows)) : toJsonl(rows));
  return path;
}

/** Pairs of which the first `right` are answered rightly. */
const answers = (right: number, count = 20) =>
  Array.from({ length: count }, (_, index) => ({
    id: `item-${index}`,
    prediction: index < right ? "asthma" : "fever",
    golds: ["asthma"],
  }));

async function compare(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await selfspec(["compare", ...args, "--json"]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe("compare, of pairs", { timeout: 60_000, concurrent: true }, () => {
  const a = file("a.jsonl", answers(4));
  const b = file("b.jsonl.gz", answers(12).reverse());

  it("says the values, b − a, its interval and p-value, joined by id", async () => {
    const comparison = await compare("--a", a, "--b", b, "--metric", "token-f1", "--runSeed", "7");
    expect(comparison).toMatchObject({ metric: "token-f1", n: 20, difference: "b - a", test: "paired bootstrap", runSeed: 7 });
    expect(comparison).toMatchObject({ a: { path: a, value: 0.2 }, b: { path: b, value: 0.6 } });
    expect(comparison.value).toBeCloseTo(0.4, 12);
    // The same counts and the same key give the same draws.
    const rows = (right: number) => Float64Array.from(answers(right).flatMap((_, index) => [Number(index < right), 1]));
    const key = [7, "pairs", "token-f1"];
    const expected = bootstrapDifference({ metric: metricByName("token-f1"), system: rows(12), against: rows(4), key });
    expect([comparison.ci, comparison.p]).toEqual([expected.ci, expected.p]);
  });

  it("asks McNemar where answers are right or wrong", async () => {
    const comparison = await compare("--a", a, "--b", b, "--metric", "exact-match");
    // Eight items that only b gets right: 2 · (1/2)^8.
    expect(comparison).toMatchObject({ test: "McNemar exact", p: expect.closeTo(2 / 256, 12) });
  });

  it("pools counts where the metric does", async () => {
    const tags = (first: string) => [
      { id: 1, gold: ["B-a", "O"], prediction: [first, "O"] },
      { id: 2, gold: ["B-a", "B-a"], prediction: ["O", "O"] },
    ];
    const comparison = await compare(
      "--a",
      file("t.jsonl", tags("O")),
      "--b",
      file("u.jsonl", tags("B-a")),
      "--metric",
      "entity-f1",
    );
    expect(comparison).toMatchObject({ a: { value: 0 }, b: { value: 0.5 }, value: 0.5 });
  });

  it("prints it as a table", async () => {
    const { stdout } = await selfspec(["compare", "--a", a, "--b", b, "--metric", "exact-match"]);
    expect(stdout).toMatch(/b − a\s+40\.00\s+95 % interval \d+\.\d\d to \d+\.\d\d, p = 0\.00781 \(McNemar exact\)/);
  });

  it.each<[string, string[], RegExp]>([
    ["an id that one side lacks", ["--b", file("c.jsonl", answers(3, 19))], /c\.jsonl lacks "item-19", which .*a\.jsonl has/],
    [
      "other gold answers to the same question",
      [
        "--b",
        file(
          "d.jsonl",
          answers(3).map((pair) => ({ ...pair, golds: ["asthma", "wheezing"] })),
        ),
      ],
      /d\.jsonl has other gold answers for "item-0" than .*a\.jsonl/,
    ],
    ["a missing file", ["--b", "none.jsonl"], /none\.jsonl does not exist/],
    ["a seed that is no number", ["--b", b, "--runSeed", "one"], /--runSeed one; allowed: a whole number/],
    ["systems of pairs", ["--b", b, "--system-a", "base"], /--system-a.* without --task/],
    ["an unknown metric", ["--b", b, "--metric", "bleu"], /metric "bleu" of pairs; allowed: rouge-l/],
    ["one file only", [], /required option '--b <file>' not specified/],
  ])("refuses %s", async (_, args, line) => {
    const metric = args.includes("--metric") ? [] : ["--metric", "token-f1"];
    const ended = await selfspec(["compare", "--a", a, ...args, ...metric]);
    expect(complaintOf(ended)).toMatch(line);
    expect(ended.code).toBe(2);
  });
});

describe("compare, of predictions", { timeout: 60_000 }, () => {
  beforeAll(() => {
    vi.stubEnv("SELFSPEC_CACHE", temporaryFolder());
    vi.stubEnv("SELFSPEC_BENCHMARKS", undefined);
  });
  afterAll(() => void vi.unstubAllEnvs());

  const fields = { model: "m", promptHash: "0", latencyMs: 1, usage: { promptTokens: 1, completionTokens: 1 } };
  function predictions(taskId: string, system: string, right: number, withheld = 0) {
    const { items } = openTask({ taskId });
    return items.test.map(({ id, gold }, index) => {
      const answer = index < withheld ? null : index < right ? gold : "none";
      return {
        ...fields,
        ...{ taskId, itemId: id, system, k: 0, draw: 0, raw: answer ?? "", strict: answer, lenient: answer },
        ...(answer === null && { withheldWords: 5 }),
      };
    });
  }

  it("leaves out what either side withheld, and says so", async () => {
    const taskId = "ncbi-disease";
    const [a, b] = [file("a.jsonl", predictions(taskId, "base", 5, 2)), file("b.jsonl", predictions(taskId, "tuned", 10, 3))];
    const ended = await selfspec(["compare", "--a", a, "--b", b, "--metric", "token-f1", "--task", taskId, "--json"]);
    const comparison = JSON.parse(ended.stdout) as { n: number };
    expect(comparison).toMatchObject({ a: { system: "base", withheld: 2 }, b: { system: "tuned", withheld: 3 }, taskId });
    expect(comparison.n).toBe(openTask({ taskId }).items.test.length - 3);
    expect(ended.stderr).toMatch(/file b: the text of 3 answers was withheld/);
  });

  it("takes the counts kept of a withheld text for it, and has the interval and p-value of an evaluation's report", async () => {
    const taskId = "ddi";
    const { task, items } = openTask({ taskId });
    const asked = sampleItems(items.test, 12, 1);
    const own = ["base", "tuned"].map((system, index) => {
      const rows = predictions(taskId, system, index === 0 ? 5 : 14);
      return rows.filter(({ itemId }) => asked.some(({ id }) => id === itemId)).map((row) => predictionSchema.parse(row));
    });
    const published = own.map((rows) =>
      rows.map((prediction) => ({
        ...prediction,
        ...{ raw: "", strict: null, lenient: null, withheldWords: 1 },
        withheldCounts: countWithheld({ task, prediction, item: asked.find(({ id }) => id === prediction.itemId)! }),
      })),
    );
    const compared = async ([a, b]: readonly (readonly unknown[])[]) => {
      const files = { a: { path: file("a.jsonl", a!) }, b: { path: file("b.jsonl", b!) } };
      const { n, value, ci, p } = await compareFiles({ ...files, metric: "macro-f1", taskId });
      return { n, value, ci, p };
    };
    const comparison = await compared(own);
    expect(await compared(published)).toEqual(comparison);
    const parts = [{ task, items: asked, predictions: own.flat() }];
    const { differences } = judgeTable({ parts, comparisons: [["tuned", "base"]], runSeed: 1 });
    const reported = differences.find(({ metric, reading }) => metric === "macro-f1" && reading === "lenient")!;
    expect(comparison).toEqual({
      n: 12,
      value: expect.closeTo(reported.value / 100, 12),
      ci: reported.ci.map((bound) => expect.closeTo(bound / 100, 12)),
      p: reported.p,
    });
  });

  it("draws items that share a document together", async () => {
    const taskId = "ddi";
    const [a, b] = [file("a.jsonl", predictions(taskId, "base", 2)), file("b.jsonl", predictions(taskId, "tuned", 9))];
    const documents = new Set(openTask({ taskId }).items.test.map(({ document }) => document));
    const comparison = await compare("--a", a, "--b", b, "--metric", "accuracy", "--task", taskId);
    expect(comparison).toMatchObject({ clusters: documents.size, test: "paired bootstrap" });
  });

  it("asks which system is meant where a file holds several", async () => {
    const taskId = "pubmedqa";
    const both = file("both.jsonl", [...predictions(taskId, "base", 2), ...predictions(taskId, "tuned", 9)]);
    const args = ["--a", both, "--b", both, "--metric", "accuracy", "--task", taskId];
    const ended = await selfspec(["compare", ...args]);
    expect(complaintOf(ended)).toMatch(
      /answers of several kinds; allowed: base at k = 0, tuned at k = 0; choose with --system-a/,
    );
    expect(ended.code).toBe(2);
    const comparison = await compare(...args, "--system-a", "base", "--system-b", "tuned", "--k", "0");
    expect(comparison).toMatchObject({ a: { system: "base" }, b: { system: "tuned" }, test: "McNemar exact" });
  });
});
