import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openTask, scoreFile } from "../../kernel-lib/src/evaluate/index.js";
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

describe("scoring pairs", () => {
  test("gives the metric over all pairs and for each, in percent", () => {
    const pairsPath = write("pairs.jsonl", [
      { id: "a", prediction: "the liver", golds: ["heart", "Liver"] },
      { id: "b", prediction: "", golds: ["heart"] },
    ]);
    expect(scoreFile({ metric: "token-f1", pairsPath })).toEqual([
      {
        metric: "token-f1",
        n: 2,
        value: 50,
        items: [
          { id: "a", value: 100 },
          { id: "b", value: 0 },
        ],
      },
    ]);
  });

  test("pools entity counts instead of taking the mean", () => {
    const pairsPath = write("pairs.jsonl", [
      { id: "a", prediction: "liver", golds: ["liver"] },
      { id: "b", prediction: "none", golds: ["heart, lung, skin"] },
    ]);
    expect(scoreFile({ metric: "entity-f1", pairsPath })[0]!.value).toBeCloseTo(40, 12);
  });

  test("names the line that is no pair", () => {
    const pairsPath = join(directory, "bad.jsonl");
    writeFileSync(pairsPath, '{"id":"a","prediction":"x","golds":["x"]}\n{"id":"b","prediction":"x"}\n');
    expect(() => scoreFile({ metric: "token-f1", pairsPath })).toThrow(/bad\.jsonl:2 /);
  });
});

describe("scoring a task's predictions", () => {
  const taskId = "ncbi-disease";
  const { items } = openTask({ taskId });
  const sample = items.test.slice(0, 4);

  test("plain predictions are read as the task's answers and scored by all its metrics", () => {
    const rows = sample.map(({ id, gold }, index) => ({ id, prediction: index === 0 ? "The answer is not here" : gold }));
    const scores = scoreFile({ taskId, predictionsPath: write("predictions.jsonl", rows) });
    expect(scores.map(({ metric }) => metric)).toEqual(["token-f1", "entity-f1", "rouge-l"]);
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

  test("a gold file takes the place of the task's answers", () => {
    const predictionsPath = write("predictions.jsonl", [{ id: sample[0]!.id, prediction: "something else" }]);
    const goldPath = write("gold.jsonl", [{ id: sample[0]!.id, golds: ["Something else"] }]);
    expect(scoreFile({ taskId, predictionsPath, goldPath, metric: "token-f1" })[0]!.value).toBe(100);
  });

  test.each([
    ["an unknown task", { taskId: "ncbi", predictionsPath: "none.jsonl" }, /ncbi-disease/],
    ["a missing file", { taskId, predictionsPath: "none.jsonl" }, /none\.jsonl does not exist/],
    ["an unknown metric", { metric: "bleu", pairsPath: "none.jsonl" }, /"bleu".*token-f1/],
    ["nothing to score", { metric: "token-f1" }, /--pairs/],
  ])("%s is refused with what is allowed", (_, options, line) => {
    expect(() => scoreFile(options)).toThrow(InputError);
    expect(() => scoreFile(options)).toThrow(line);
  });

  test("an unknown item is refused by its id", () => {
    const predictionsPath = write("predictions.jsonl", [{ id: "test-9999", prediction: "none" }]);
    expect(() => scoreFile({ taskId, predictionsPath })).toThrow(/"test-9999"/);
  });
});
