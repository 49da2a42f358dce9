import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  allMetricNames,
  judgeTable,
  likelihoodSchema,
  openTask,
  type Prediction,
  predictionSchema,
  publishedPredictionSchema,
  type ScorableAnswer,
  scoreFile,
  type TalliedAnswer,
  withheldCountsSchema,
} from "../../kernel-lib/src/evaluate/index.js";
import {
  openEvaluation,
  publishRun,
  type Run,
  readRegistry,
  reopenRun,
  scoreFinishedTasks,
} from "../../kernel-lib/src/experiments/index.js";
import { readJsonl, writeJson, writeJsonl } from "../../kernel-lib/src/runtime/index.js";
import { type AnsweringServer, startAnsweringServer } from "./answering-server.js";
import { writeTunedRun } from "./tuned-run.js";

const passage = "Patients who have this disease are seen by a doctor of the clinic every second week of the year.";
const benign = "perhaps a doctor knows";

let scratch: string;
let server: AnsweringServer;
let run: Run;
let target: string;
let written: string[];
let predictions: (Prediction & ScorableAnswer)[];

const of = (system: string) => predictions.filter((row) => row.system === system);

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "selfspec-publish-"));
  vi.stubEnv("SELFSPEC_HOME", join(scratch, "home"));
  vi.stubEnv("SELFSPEC_CACHE", join(scratch, "cache"));
  vi.stubEnv("SELFSPEC_BENCHMARKS", "");
  writeFileSync(join(scratch, "corpus.txt"), `${passage}\n`);
  server = await startAnsweringServer((prompt) => (prompt.includes("Passage 1:") ? `It says: ${passage}` : ` ${benign}`));
  const origin = writeTunedRun(join(scratch, "origin"), server.baseURL);
  run = await openEvaluation({
    origin,
    tasks: ["pubmedqa", "ncbi-disease"],
    systems: ["base", "base-retrieval"],
    items: 4,
    shots: [0],
    likelihood: false,
    settings: { "retrieval.corpus": join(scratch, "corpus.txt") },
    directory: join(scratch, "evaluation"),
  });
  await run.execute({ until: "evaluate" });
  const [first] = readJsonl(join(run.directory.evaluation(), "base", "pubmedqa.jsonl"), predictionSchema);
  const { raw: _raw, strict: _strict, lenient: _lenient, extraction: _extraction, ...asked } = first!;
  writeJsonl(join(run.directory.evaluation(), "base", "pubmedqa.likelihood.jsonl"), [
    { ...asked, labels: [{ label: "yes", logprob: -1, tokens: 1 }] },
  ]);
  writeJson(join(run.directory.report(), "results.json"), { meta: { command: "npm run selfspec -- evaluate" } });
  mkdirSync(run.directory.figures(), { recursive: true });
  writeFileSync(join(run.directory.report(), "report.md"), "![funnel](../figures/funnel.png)\n");
  target = join(scratch, "published");
  written = await publishRun({ run, target });
  await publishRun({ run, target: join(scratch, "apart"), figures: join(scratch, "pictures") });
  predictions = readJsonl(join(target, "predictions.jsonl.gz"), publishedPredictionSchema);
});

afterAll(() => {
  server.close();
  vi.unstubAllEnvs();
  rmSync(scratch, { recursive: true });
});

it("nothing is published where the benchmark is not the one that was asked: what repeats it could not be told", async () => {
  const path = run.directory.scores();
  const scores = readFileSync(path, "utf8");
  writeFileSync(path, scores.replaceAll('"origin": "mini"', '"origin": "original"'));
  try {
    await expect(publishRun({ run, target: join(scratch, "refused") })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(
        /on the original files, where only the mini set is found now; allowed: .*SELFSPEC_BENCHMARKS/,
      ),
    });
    expect(existsSync(join(scratch, "refused"))).toBe(false);
  } finally {
    writeFileSync(path, scores);
  }
});

it("the report finds its pictures, beside it or in a folder of their own", () => {
  const reportIn = (folder: string) => readFileSync(join(scratch, folder, "report", "report.md"), "utf8");
  expect(reportIn("published")).toBe("![funnel](../figures/funnel.png)\n");
  expect(reportIn("apart")).toBe("![funnel](../../pictures/funnel.png)\n");
});

it("an answer in the model's own words is published as it is", () => {
  expect(of("base")).toHaveLength(8);
  expect(of("base").every(({ raw, withheldWords }) => raw.trim() === benign && withheldWords === undefined)).toBe(true);
});

it("an answer that repeats its item is withheld, with its length", () => {
  const copies = of("trivial").filter(({ taskId }) => taskId === "ncbi-disease");
  expect(copies).toHaveLength(4);
  for (const { raw, strict, lenient, withheldWords } of copies) {
    expect([raw, strict, lenient]).toEqual(["", null, null]);
    expect(withheldWords).toBeGreaterThan(3);
  }
});

it("an answer that repeats the passage in its prompt is withheld, with its length", () => {
  const quoting = of("base-retrieval").filter(({ passageIds }) => passageIds.length > 0);
  expect(quoting.length).toBeGreaterThan(0);
  for (const { raw, lenient, withheldWords } of quoting) expect([raw, lenient, withheldWords]).toEqual(["", null, 21]);
  const text = gunzipSync(readFileSync(join(target, "predictions.jsonl.gz"))).toString("utf8");
  expect(text).not.toContain("seen by a doctor");
});

describe.each(["pubmedqa", "ncbi-disease"])("published answers to %s", (taskId) => {
  it.each(["trivial", "base", "base-retrieval"])("of %s score as the run's own do, in every metric", (system) => {
    const scoresOf = (predictionsPath: string) =>
      scoreFile({ taskId, predictionsPath }).filter((score) => score.system === system);
    const scores = scoresOf(join(target, "predictions.jsonl.gz"));
    expect(scores).toEqual(scoresOf(join(run.directory.evaluation(), system, `${taskId}.jsonl`)));
    for (const { metric, withheld, n, value, ci, strict, formatFailures } of scores) {
      expect([withheld, n], metric).toEqual([0, 4]);
      const claimed = run.result().scores.filter((row) => row.taskId === taskId && row.system === system);
      const find = (reading: string) => claimed.find((row) => row.metric === metric && row.reading === reading);
      expect(find("lenient"), metric).toMatchObject({ value, ci, formatFailures });
      expect(find("strict")?.value, metric).toBe(strict);
    }
  });

  it("have the differences and p-values of the run's own", () => {
    const { task, items } = openTask({ taskId });
    const own = ["base", "base-retrieval"].flatMap((system) =>
      readJsonl(join(run.directory.evaluation(), system, `${taskId}.jsonl`), predictionSchema),
    );
    const judge = (rows: readonly TalliedAnswer[]) =>
      judgeTable({
        parts: [{ task, items: items.test, predictions: rows.filter((row) => row.system !== "trivial") }],
        comparisons: [["base-retrieval", "base"]],
        runSeed: 1,
      });
    expect(judge(predictions.filter((row) => row.taskId === taskId))).toEqual(judge(own));
  });
});

it("counts without the withheld text are numbers alone", () => {
  const withheld = predictions.filter(({ withheldWords }) => withheldWords !== undefined);
  for (const { withheldCounts } of withheld) {
    const { formatted, metrics } = withheldCountsSchema.parse(withheldCounts);
    expect(typeof formatted).toBe("boolean");
    expect(Object.keys(metrics).every((name) => allMetricNames.includes(name))).toBe(true);
  }
});

it("a published copy cannot be reported anew, and says what can be done with it", () => {
  const copy = reopenRun(target);
  expect(() => scoreFinishedTasks(copy.config, copy.directory)).toThrow(/is a published copy.*; score or compare/);
});

it("the answers of all systems to one question stand side by side", () => {
  expect(predictions.slice(0, 3).map(({ itemId }) => itemId)).toEqual(Array(3).fill(predictions[0]!.itemId));
});

it("likelihoods are published with the task's own labels", () => {
  const rows = readJsonl(join(target, "likelihoods.jsonl.gz"), likelihoodSchema);
  expect(rows.map(({ labels }) => labels.map(({ label }) => label))).toEqual([["yes"]]);
});

it("what is published is registered beside it", () => {
  expect(written).toContain(join(target, "registry.jsonl"));
  const results = readRegistry(join(target, "registry.jsonl"));
  expect(results.map(({ id }) => id)).toContain("published/pubmedqa/accuracy/k0/base-retrieval-vs-base");
  const filesOf = (id: string): string[] => results.find((result) => result.id === id)!.data.map(({ name }) => name);
  expect(filesOf("published/pubmedqa/accuracy/k0/base")).toContain("pubmedqa/ori_pqal.json");
  expect(filesOf("published/pubmedqa/accuracy/k0/base")).not.toContain("ncbi-disease/test.tsv");
});

it("a run without a report is refused", async () => {
  rmSync(run.directory.report(), { recursive: true });
  await expect(publishRun({ run, target: join(scratch, "none") })).rejects.toThrow(/has no report/);
  expect(existsSync(join(scratch, "none"))).toBe(false);
});
