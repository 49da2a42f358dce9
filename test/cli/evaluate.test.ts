// `evaluate` and what it refuses; the evaluation itself is tested in test/experiments.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { writeTunedRun } from "../experiments/tuned-run.js";
import { complaintOf, selfspec, temporaryFolder } from "./command.js";

const scratch = temporaryFolder();
const origin = writeTunedRun(join(scratch, "origin"), "http://127.0.0.1:1/v1");
const empty = join(scratch, "empty");
mkdirSync(empty);
afterAll(() => rmSync(scratch, { recursive: true }));

describe("bad input ends in one line and exit code 2", { timeout: 60_000, concurrent: true }, () => {
  it.each<[string, string[], RegExp]>([
    ["a folder without a run", [empty], /empty holds no run; allowed: a folder that `run` made/],
    ["an unknown task", [origin, "--tasks", "pubmed"], /unknown task "pubmed"; allowed: .*pubmedqa/],
    ["an unknown system", [origin, "--systems", "round-9"], /system "round-9"; allowed: trivial, base, /],
    ["no whole number of items", [origin, "--items", "1.5"], /--items 1\.5; allowed: whole numbers from 1/],
    ["two numbers of items", [origin, "--items", "1,5"], /--items 1,5; allowed: one whole number/],
    ["shots that are none", [origin, "--shots", "0,few"], /--shots 0,few; allowed: whole numbers from 0/],
    ["an unknown split", [origin, "--split", "train"], /config key "split"/],
    ["an unknown key", [origin, "--set", "evaluation.temperature=1"], /unknown config key "evaluation\.temperature".*likelihood/],
    ["a report of an evaluation that never began", [origin, "--report-only"], /has no task that every system has answered/],
  ])("%s", async (_name, args, line) => {
    const ended = await selfspec(["evaluate", ...args, "--json"]);
    expect(ended.code).toBe(2);
    expect(complaintOf(ended)).toMatch(line);
    expect(JSON.parse(ended.stdout)).toMatchObject({ exitCode: 2 });
  });
});
