// `evaluate` and what it refuses; the evaluation itself is tested in test/experiments.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { predictionSchema } from "../../kernel-lib/src/evaluate/index.js";
import { readJsonl } from "../../kernel-lib/src/runtime/index.js";
import { startAnsweringServer } from "../experiments/answering-server.js";
import { writeTunedRun } from "../experiments/tuned-run.js";
import { complaintOf, selfspec, startSelfspec, temporaryFolder } from "./command.js";

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

it("Ctrl+C keeps the answers on their way and names the command that continues", { timeout: 60_000 }, async () => {
  let stop: () => void = () => {};
  let asked = 0;
  const server = await startAnsweringServer(() => {
    if (++asked === 3) stop();
    return " none";
  });
  try {
    const directory = join(scratch, "stopped");
    const options = ["--tasks", "ncbi-disease", "--items", "40", "--dir", directory];
    const settings = ["--set", `endpoint.baseURL=${server.baseURL}`, "--set", "endpoint.concurrency=2"];
    const environment = { SELFSPEC_BENCHMARKS: undefined, SELFSPEC_CACHE: join(scratch, "cache") };
    const { child, ended } = startSelfspec(["evaluate", origin, ...options, ...settings], environment);
    stop = () => child.kill("SIGINT");
    const stopped = await ended;
    expect(stopped.code).toBe(1);
    expect(complaintOf(stopped)).toMatch(
      /stopped in NCBI-disease · base; .*the same command continues: npm run selfspec -- evaluate .*--dir/,
    );
    const kept = readJsonl(join(directory, "evaluate", "base", "ncbi-disease.jsonl"), predictionSchema);
    expect(kept.length).toBe(asked);
    expect(asked).toBeLessThan(40);
    // The same command with --report-only is about the same evaluation, not about the run it came from.
    const reported = await selfspec(["evaluate", origin, ...options, ...settings, "--report-only"], environment);
    expect(complaintOf(reported)).toMatch(/stopped has no task that every system has answered/);
  } finally {
    server.close();
  }
});
