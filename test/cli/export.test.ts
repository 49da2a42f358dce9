// `export` in a process of its own; what each format holds is tested in test/dataset/export-rows.test.ts.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { generateRun } from "../dataset/generated-run.js";
import { complaintOf, selfspec, temporaryFolder } from "./command.js";

describe("export", { timeout: 30_000 }, () => {
  it("writes a run's data set and says how much", async () => {
    const { folder, triples } = await generateRun();
    const to = join(temporaryFolder(), "alpaca.json");
    const { code, stdout } = await selfspec(["export", "--run", folder, "--format", "alpaca", "--to", to, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ path: to, format: "alpaca", rows: triples.length, bytes: readFileSync(to).length });
    expect(JSON.parse(readFileSync(to, "utf8"))).toEqual(
      triples.map(({ instruction, input, output }) => ({ instruction, input, output })),
    );
  });

  const to = join(temporaryFolder(), "out");
  const broken = join(temporaryFolder(), "broken.jsonl");
  writeFileSync(broken, "{}\n");
  it.each([
    [
      "an unknown format",
      ["--data", broken, "--format", "csv"],
      /export format "csv"; allowed: alpaca, sharegpt, messages, jsonl, parquet/,
    ],
    ["nothing to export", ["--format", "jsonl"], /export without what to export; allowed: --run <folder> .*, or --data/],
    ["both sources", ["--run", "x", "--data", "y", "--format", "jsonl"], /--data with --run or --system; allowed: --run/],
    [
      "a row that is none",
      ["--data", broken, "--format", "parquet"],
      /broken\.jsonl:1 is not a triple: id: .*; correct that line/,
    ],
  ])("%s exits 2 and writes nothing", async (_, args, message) => {
    const ended = await selfspec(["export", ...args, "--to", to, "--json"]);
    expect(complaintOf(ended)).toMatch(message);
    expect(ended.code).toBe(2);
    expect(existsSync(to)).toBe(false);
  });
});
