import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openTask, predictionSchema, sampleItems, scoreFile, scorePredictions } from "../../kernel-lib/src/evaluate/index.js";
import { InputError, writeJsonl } from "../../kernel-lib/src/runtime/index.js";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "score-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(name: string, rows: unknown[]): string {
  const path = join(directory, name);
  writeJsonl(path, rows);
  return path;
}

describe("scoring a task's predictions", () => {
  const taskId = "ncbi-disease";
  const { task, items } = openTask({ taskId });
  const sample = items.test.slice(0, 4);

  test("plain predictions are read as the task's answers and scored by all its metrics", () => {
    const rows = sample.map(({ id, gold }, index) => ({ id, prediction: index === 0 ? "The answer is not here" : gold }));
    const scores = scoreFile({ taskId, predictionsPath: write("predictions.jsonl", rows) });
    expect(scores.map(({ metric }) => metric)).toEqual(task.metrics);
    expect(scores[0]).toMatchObject({ taskId, n: 4, formatFailures: 0.25 });
    expect(scores[0]!.items.slice(1).map(({ value }) => value)).toEqual([100, 100, 100]);
    expect(scores[0]!.value).toBeLessThan(100);
  });

  test("the rows of an evaluation are scored by system and k", () => {
    const rows = ["base", "tuned"].flatMap((system) =>
      sample.map(({ id, gold }) => {
        const answer = system === "tuned" ? gold : "none";
        const fields = { taskId, itemId: id, system, model: system, k: 0, draw: 0, promptHash: "0", latencyMs: 1 };
        return { ...fields, raw: answer, strict: answer, lenient: answer, usage: { promptTokens: 1, completionTokens: 1 } };
      }),
    );
    const scores = scoreFile({ taskId, predictionsPath: write("predictions.jsonl", rows), metric: "entity-f1" });
    expect(scores.map(({ system, k, value }) => [system, k, value])).toEqual([
      ["base", 0, 0],
      ["tuned", 0, 100],
    ]);
  });

  test("several draws of demonstrations are pooled to items, with each draw's own value, the interval that of an evaluation", () => {
    const asked = sampleItems(items.test, 4, 1);
    const rows = [0, 1].flatMap((draw) =>
      asked.map(({ id, gold }, index) => {
        const answer = index <= draw ? gold : "none";
        const fields = { taskId, itemId: id, system: "base", model: "base", k: 2, draw, promptHash: "0", latencyMs: 1 };
        const read = { raw: answer, strict: answer, lenient: answer, usage: { promptTokens: 1, completionTokens: 1 } };
        return predictionSchema.parse({ ...fields, ...read });
      }),
    );
    const path = write("predictions.jsonl", rows);
    const [score] = scoreFile({ taskId, predictionsPath: path, metric: "exact-match" });
    expect(score).toMatchObject({ n: 4, value: 37.5, draws: [25, 50] });
    expect(score!.items.map(({ value }) => value)).toEqual([100, 50, 0, 0]);
    const [table] = scorePredictions({ task, items: asked, predictions: rows, metrics: ["exact-match"], runSeed: 1 });
    expect(score!.ci).toEqual(table!.ci);
  });

  test("counts of a withheld answer stand for its text, but not against other gold answers", () => {
    const fields = { taskId, itemId: sample[0]!.id, system: "base", model: "base", k: 0, draw: 0, promptHash: "0", latencyMs: 1 };
    const text = { raw: "", strict: null, lenient: null, usage: { promptTokens: 1, completionTokens: 1 }, withheldWords: 9 };
    const metrics = { "entity-f1": { lenient: [1, 1, 3], strict: [0, 0, 3] } };
    const row = { ...fields, ...text, withheldCounts: { formatted: false, metrics } };
    const predictionsPath = write("predictions.jsonl", [row]);
    const [score] = scoreFile({ taskId, predictionsPath, metric: "entity-f1" });
    expect(score).toMatchObject({ n: 1, value: 50, strict: 0, formatFailures: 1, withheld: 0 });
    const [uncounted] = scoreFile({ taskId, predictionsPath, metric: "token-f1" });
    expect(uncounted).toMatchObject({ n: 0, value: null, ci: null, withheld: 1 });
    const goldPath = write("gold.jsonl", [{ id: sample[0]!.id, golds: ["another"] }]);
    expect(scoreFile({ taskId, predictionsPath, goldPath, metric: "entity-f1" })[0]).toMatchObject({ n: 0, withheld: 1 });
  });

  test("a gold file takes the place of the task's answers", () => {
    const predictionsPath = write("predictions.jsonl", [{ id: sample[0]!.id, prediction: "something else" }]);
    const goldPath = write("gold.jsonl", [{ id: sample[0]!.id, golds: ["Something else"] }]);
    const [score] = scoreFile({ taskId, predictionsPath, goldPath, metric: "token-f1" });
    expect(score).toMatchObject({ value: 100, golds: "file", unanswered: 0 });
    expect(score).not.toHaveProperty("notice");
  });

  test("a gold file's items need not be the benchmark's; those without an answer are counted", () => {
    const predictionsPath = write("predictions.jsonl", [{ id: "mine-1", prediction: "gout" }]);
    const golds = ["mine-1", "mine-2"].map((id) => ({ id, golds: ["gout"], input: "She had gout." }));
    const goldPath = write("gold.jsonl", golds);
    const [score] = scoreFile({ taskId, predictionsPath, goldPath, metric: "entity-f1" });
    expect(score).toMatchObject({ n: 1, value: 100, strict: 100, unanswered: 1 });
    const twice = write("twice.jsonl", [golds[0], golds[0]]);
    expect(() => scoreFile({ taskId, predictionsPath, goldPath: twice })).toThrow(/"mine-1" twice/);
    const other = write("other.jsonl", [golds[1]]);
    expect(() => scoreFile({ taskId, predictionsPath, goldPath: other })).toThrow(/"mine-1"; allowed: .*"mine-2"/);
  });

  test("where no answer's text was published there is no figure, not a zero", () => {
    const fields = {
      taskId,
      itemId: sample[0]!.id,
      system: "trivial",
      model: "none",
      k: 0,
      draw: 0,
      promptHash: "",
      latencyMs: 1,
    };
    const withheld = { raw: "", strict: null, lenient: null, usage: { promptTokens: 0, completionTokens: 0 }, withheldWords: 9 };
    const [score] = scoreFile({ taskId, predictionsPath: write("predictions.jsonl", [{ ...fields, ...withheld }]) });
    expect(score).toMatchObject({ n: 0, withheld: 1, value: null, strict: null, formatFailures: null });
  });

  test.each([
    ["an unknown task", { taskId: "ncbi", predictionsPath: "none.jsonl" }, /ncbi-disease/],
    ["a missing file", { taskId, predictionsPath: "none.jsonl" }, /none\.jsonl does not exist/],
    ["an unknown metric", { taskId, predictionsPath: "none.jsonl", metric: "bleu" }, /"bleu".*token-f1/],
  ])("%s is refused with what is allowed", (_, options, line) => {
    expect(() => scoreFile(options)).toThrow(InputError);
    expect(() => scoreFile(options)).toThrow(line);
  });

  test("an unknown item is refused by its id", () => {
    const predictionsPath = write("predictions.jsonl", [{ id: "test-9999", prediction: "none" }]);
    expect(() => scoreFile({ taskId, predictionsPath })).toThrow(/"test-9999"/);
  });

  test("strictly read, an answer in another format is wrong", () => {
    const rows = [`Entities: ${sample[0]!.gold}`, sample[1]!.gold].map((prediction, index) => ({
      id: sample[index]!.id,
      prediction,
    }));
    const [score] = scoreFile({ taskId, predictionsPath: write("predictions.jsonl", rows), metric: "entity-f1" });
    expect(score!.value).toBe(100);
    expect(score!.strict).toBeLessThan(100);
    expect(score!.formatFailures).toBe(0.5);
  });

  test("answers that were withheld when published, and those to other tasks, are in no figure", () => {
    const rows = sample.map(({ id, gold }, index) => {
      const fields = { taskId, itemId: id, system: "base", model: "base", k: 0, draw: 0, promptHash: "0", latencyMs: 1 };
      const answer = { raw: gold, strict: gold, lenient: gold, usage: { promptTokens: 1, completionTokens: 1 } };
      if (index === 3) return { ...fields, ...answer, taskId: "anatem" };
      return { ...fields, ...answer, ...(index === 0 && { raw: "", strict: null, lenient: null, withheldWords: 9 }) };
    });
    const [score] = scoreFile({ taskId, predictionsPath: write("predictions.jsonl", rows) });
    expect(score).toMatchObject({ n: 2, withheld: 1, value: 100, formatFailures: 0 });
  });

  test.each([
    ["no answer to the task", [], /holds no prediction for ncbi-disease/],
    ["an item twice", [sample[0]!, sample[0]!].map(({ id }) => ({ id, prediction: "x" })), /twice/],
  ])("a file with %s is refused", (_, rows, line) => {
    const predictionsPath = write("predictions.jsonl", rows);
    expect(() => scoreFile({ taskId, predictionsPath })).toThrow(InputError);
    expect(() => scoreFile({ taskId, predictionsPath })).toThrow(line);
  });
});
