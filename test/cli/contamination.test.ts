// `selfspec contamination` as a shell sees it: what it prints, and the three exit codes.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { seedTriples } from "../../kernel-lib/src/dataset/index.js";
import { openTask } from "../../kernel-lib/src/evaluate/index.js";
import { loadSeeds } from "../../kernel-lib/src/seeds/index.js";
import { complaintOf, selfspec } from "./command.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "selfspec-contamination-"));
  // No benchmark is at hand, so that the mini set is searched for.
  for (const name of ["SELFSPEC_CACHE", "SELFSPEC_HOME"]) vi.stubEnv(name, folder);
  vi.stubEnv("SELFSPEC_BENCHMARKS", undefined);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const taskId = "ncbi-disease";
const file = (name: string, rows: readonly unknown[]): string => {
  const path = join(folder, name);
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return path;
};
const triples = () => seedTriples(loadSeeds({ domain: "biomedicine" })).slice(0, 3);
const check = (...args: string[]) => selfspec(["contamination", ...args, "--json"], { SELFSPEC_HOME: folder });

describe("contamination", { timeout: 60_000, concurrent: true }, () => {
  it("of clean rows in a run's folder exits 0 with counts", async () => {
    const run = join(folder, "run", "dataset");
    mkdirSync(run, { recursive: true });
    file(join("run", "dataset", "triples.jsonl"), triples());
    const ended = await check("--rows", join(folder, "run"), "--tasks", `${taskId},pubmedqa`);
    expect(ended.code, ended.stderr).toBe(0);
    const report = JSON.parse(ended.stdout);
    expect(report).toMatchObject({ blocking: 0, records: { row: 3 }, findings: [] });
    expect(report.tasks.map((task: { taskId: string }) => task.taskId)).toEqual([taskId, "pubmedqa"]);
  });

  it("of rows, seeds and passages that hold an item exits 1 and names each", async () => {
    const { items } = openTask({ taskId });
    const { id, input } = items.test.find((item) => item.input.split(" ").length > 15)!;
    const [seed] = loadSeeds({ domain: "biomedicine" });
    const ended = await check(
      ...["--tasks", taskId],
      ...["--rows", file("rows.jsonl", [...triples(), { ...triples()[0]!, id: "planted", output: `So: ${input}` }])],
      ...["--seeds", file("seeds.jsonl", [{ ...seed!, output: `So: ${input}` }])],
      ...["--corpus", file("passages.jsonl", [{ text: "Nothing." }, { text: `So: ${input}` }])],
    );
    expect(ended.code, ended.stderr).toBe(1);
    const { findings } = JSON.parse(ended.stdout) as { findings: { sourceId: string; itemId: string; kind: string }[] };
    const found = findings.filter(({ itemId, kind }) => itemId === id && kind === "13-gram").map(({ sourceId }) => sourceId);
    expect(found).toEqual([seed!.id, "planted", "#2"]);
  });

  it.each<[string, () => string[], RegExp]>([
    [
      "nothing to search",
      () => ["--tasks", taskId],
      /contamination of nothing; allowed: --rows, --seeds, --corpus, --demonstrations/,
    ],
    ["an unknown task", () => ["--tasks", "box", "--demonstrations"], /unknown task "box"; allowed: .*ncbi-disease/],
    ["no task", () => ["--demonstrations"], /required option '--tasks <ids>'/],
    ["rows that are not there", () => ["--tasks", taskId, "--rows", join(folder, "none.jsonl")], /none\.jsonl does not exist/],
    ["a folder without rows", () => ["--tasks", taskId, "--rows", folder], /holds no rows; allowed: .*folder of a run/],
    ["a row that is none", () => ["--tasks", taskId, "--rows", file("bad.jsonl", [{ id: "a" }])], /bad\.jsonl:1 is not a triple/],
    [
      "a passage that is none",
      () => ["--tasks", taskId, "--corpus", file("c.jsonl", [{ text: "A" }, "b"])],
      /c\.jsonl:2 is not a passage/,
    ],
  ])("%s exits 2", async (_, args, message) => {
    const ended = await check(...args());
    expect(complaintOf(ended)).toMatch(message);
    expect(ended.code).toBe(2);
    expect(JSON.parse(ended.stdout)).toMatchObject({ exitCode: 2 });
  });
});
