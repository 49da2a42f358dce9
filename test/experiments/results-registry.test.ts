import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readRegistry, registerResults } from "../../kernel-lib/src/experiments/index.js";
import { projectRoot, readJson, sha256File, writeJson } from "../../kernel-lib/src/runtime/index.js";

const scratch = mkdtempSync(join(tmpdir(), "selfspec-registry-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const published = join(projectRoot(), "data", "results", "biomedicine-checked");

/** A copy of what the registry is read from. */
function copyOfPublished(name: string): string {
  const target = join(scratch, name);
  for (const file of [
    "config.json",
    "surroundings.json",
    "predictions.jsonl.gz",
    "evaluate/scores.json",
    "report/results.json",
  ]) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    cpSync(join(published, file), join(target, file));
  }
  return target;
}

describe("the committed registry", () => {
  const path = join(projectRoot(), "data", "results", "registry.jsonl");

  it("names files that are there, with the bytes that the results were read from", async () => {
    const results = readRegistry(path);
    expect(results.length).toBeGreaterThan(0);
    const files = new Map(results.flatMap(({ artefacts }) => artefacts).map((file) => [`${file.path} ${file.sha256}`, file]));
    for (const file of files.values()) expect(await sha256File(join(dirname(path), file.path)), file.path).toBe(file.sha256);
  });

  it("has every id once", () => {
    const ids = readRegistry(path).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

it("a published folder gives a result for each main score and difference, with all that is needed to get it again", async () => {
  const target = copyOfPublished("first");
  const results = readRegistry(await registerResults(target));
  const score = results.find(({ id }) => id === "first/pubmedqa/accuracy/k0/base")!;
  expect(score.n).toBe(100);
  expect(score.command).toBe("npm run selfspec -- run biomedicine-checked --size laptop --seed 1");
  expect(score.seeds).toEqual([1]);
  expect(score.commit).toMatch(/^[0-9a-f]{40}$/);
  expect(score.artefacts.map(({ path }) => path)).toEqual([
    "config.json",
    join("evaluate", "scores.json"),
    "predictions.jsonl.gz",
  ]);
  const claimOf = (comparison: string) => results.find(({ id }) => id === `first/${comparison}`)!.claim;
  expect(claimOf("pubmedqa/accuracy/k0/round-2-vs-base")).toMatch(
    /^round-2 − base is .* points accuracy on PubMedQA with 0 demonstrations \(95 % interval .*, p 1\.000 after Holm: does not hold\)$/,
  );
  expect(claimOf("anatem/token-f1/k0/round-2-vs-base")).toMatch(/, p < 0\.001 after Holm: holds\)$/);
  expect(
    results.every(({ id }) => !id.includes("/box-f1/")),
    "metrics that tables do not lead with",
  ).toBe(true);
});

it("publishing again replaces the results of that name and no others", async () => {
  const target = copyOfPublished("second");
  const registry = await registerResults(target);
  const before = readRegistry(registry);
  const path = join(target, "evaluate", "scores.json");
  const scores = readJson(path) as { scores: { taskId: string; system: string; value: number }[] };
  for (const row of scores.scores) if (row.taskId === "pubmedqa" && row.system === "base") row.value = 1;
  writeJson(path, scores);
  const after = readRegistry(await registerResults(target));
  expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  expect(after.find(({ id }) => id === "second/pubmedqa/accuracy/k0/base")!.value).toBe(1);
  expect(after[0]!.artefacts).not.toEqual(before[0]!.artefacts);
});

it("a folder without scores is refused", async () => {
  const empty = join(scratch, "empty");
  mkdirSync(empty);
  await expect(registerResults(empty)).rejects.toThrow(/has no evaluate\/scores\.json/);
  expect(existsSync(join(empty, "registry.jsonl"))).toBe(false);
});
