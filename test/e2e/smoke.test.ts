// The whole corridor on the real model, through the command a person types: from seeds to report, again, and broken off where it hurts.
// One run is made; a copy of it without its trainings is what the later tests break and mend.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { inflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { evaluationSchema } from "../../kernel-lib/src/experiments/evaluate-stage.js";
import { ledgerSchema } from "../../kernel-lib/src/filter/index.js";
import { readTrainingLog, type TrainingStep } from "../../kernel-lib/src/lora/index.js";
import { findModel } from "../../kernel-lib/src/models/index.js";
import { cacheDirectory, readJson } from "../../kernel-lib/src/runtime/index.js";
import { complaintOf, type Ended, type Running, selfspec, startSelfspec } from "../cli/command.js";

const model = findModel("smollm2-135m-instruct");
const minutes = (count: number): number => count * 60_000;
const systems = ["seeds-only", "self-specialised"] as const;
const tasks = ["ncbi-disease", "anatem", "bionlp13cg", "pubmedqa"];

/** The models are those of the user's cache, the benchmarks are none. */
function cacheWithoutBenchmarks(): string {
  const cache = mkdtempSync(join(tmpdir(), "selfspec-cache-"));
  symlinkSync(cacheDirectory("models"), join(cache, "models"));
  return cache;
}

/** How many different bytes a picture's pixel rows hold; a blank one has a handful. */
function shades(png: Buffer): number {
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at))
    if (png.toString("latin1", at + 4, at + 8) === "IDAT") parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  return new Set(inflateSync(Buffer.concat(parts))).size;
}

const lines = (path: string): string[] => (existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : []);
const tableOf = ({ stdout }: Ended): string => stdout.slice(0, stdout.indexOf("\n time "));

describe.skipIf(!model)("run biomedicine --size smoke (skipped where the model was not pulled)", () => {
  let environment: Record<string, string | undefined>;
  let whole: string;
  let broken: string;
  let first: Ended;

  const command = (directory: string, ...more: string[]): string[] => [
    "run",
    "biomedicine",
    "--size",
    "smoke",
    "--dir",
    directory,
    ...more,
  ];

  /** Starts the command on `broken` and sends the signal once `reached` holds. */
  async function breakOff(signal: NodeJS.Signals, reached: () => boolean): Promise<Ended> {
    const running: Running = startSelfspec(command(broken), environment);
    let over = false;
    void running.ended.then(() => {
      over = true;
    });
    while (!reached()) {
      if (over) expect.fail(`the run ended before it could be broken off: ${running.stderr()}`);
      await delay(10);
    }
    running.child.kill(signal);
    return running.ended;
  }

  beforeAll(async () => {
    const home = mkdtempSync(join(tmpdir(), "selfspec-e2e-"));
    whole = join(home, "whole");
    broken = join(home, "broken");
    environment = { SELFSPEC_CACHE: cacheWithoutBenchmarks(), SELFSPEC_BENCHMARKS: undefined, SELFSPEC_HOME: home };
    first = await selfspec(command(whole), environment);
  }, minutes(15));

  afterAll(() => {
    // The models in the cache are a link, of which only the link goes.
    for (const folder of [environment.SELFSPEC_HOME, environment.SELFSPEC_CACHE])
      if (folder) rmSync(folder, { recursive: true, force: true });
  });

  it("ends with a table of four systems on the mini set, and says that it is one", () => {
    expect(first.code, first.stderr).toBe(0);
    const table = tableOf(first).toLowerCase();
    for (const word of ["trivial", "base", "seeds", "specialised", "mini set"]) expect(table).toContain(word);
    const { scores, origins } = evaluationSchema.parse(readJson(join(whole, "evaluate", "scores.json")));
    for (const task of tasks) {
      expect(origins[task]?.origin).toBe("mini");
      const scored = scores.filter(({ taskId, metric }) => taskId === task && metric === origins[task]?.mainMetric);
      for (const reading of ["lenient", "strict"])
        for (const subset of ["all", "clean"]) {
          const rows = scored.filter((score) => score.reading === reading && score.subset === subset);
          expect(rows.map(({ system }) => system).sort()).toEqual(["base", "seeds-only", "self-specialised", "trivial"]);
        }
    }
  });

  it("says of every stage how long it took, and what the next size would take", () => {
    for (const stage of ["seeds", "instructions", "responses", "dataset", "lora: seeds-only", "lora: self-specialised", "report"])
      expect(first.stderr).toMatch(new RegExp(`^ ✓ ${stage} .* [\\d.:]+( s)?$`, "m"));
    expect(first.stdout).toMatch(/^ time .*instructions .*lora .*in all \d+:\d\d$/m);
    expect(first.stdout).toMatch(/npm start -- --size quick would take about \d+ minutes here/);
  });

  it("leaves ledgers that balance and as many triples as kept answers", () => {
    const ledgers = ["instructions", "responses"].map((stage) => ledgerSchema.parse(readJson(join(whole, stage, "ledger.json"))));
    for (const ledger of ledgers) {
      const rejected = Object.values(ledger.rejected).reduce((sum, count) => sum + count, 0);
      expect(ledger.in).toBe(ledger.kept + rejected + ledger.failed);
    }
    expect(ledgers[1]!.in).toBe(ledgers[0]!.kept);
    expect(lines(join(whole, "dataset", "triples.jsonl"))).toHaveLength(ledgers[1]!.kept);
  });

  it("proves of both adapters that the server runs what was trained", () => {
    const agreement = z.looseObject({ worst: z.number(), tolerance: z.number() });
    for (const system of systems) {
      const { worst, tolerance } = agreement.parse(readJson(join(whole, "lora", system, "agreement.json")));
      expect(worst).toBeGreaterThan(0);
      expect(worst).toBeLessThanOrEqual(tolerance);
    }
  });

  it("draws figures that are not blank, and a report that holds the table", () => {
    const figures = readdirSync(join(whole, "figures")).filter((name) => name.endsWith(".png"));
    expect(figures.length).toBeGreaterThanOrEqual(4);
    for (const name of figures) expect(shades(readFileSync(join(whole, "figures", name))), name).toBeGreaterThan(20);
    const html = readFileSync(join(whole, "report", "report.html"), "utf8");
    expect(html).toContain("<table");
    expect(html).toContain("mini set");
  });

  it("does nothing the second time and shows the same table", { timeout: minutes(2) }, async () => {
    const files = ["instructions/rows.jsonl", "lora/seeds-only/result.json", "evaluate/scores.json", "report/results.json"];
    const times = () => files.map((name) => statSync(join(whole, name)).mtimeMs);
    const before = times();
    const again = await selfspec(command(whole), environment);
    expect(again.code, again.stderr).toBe(0);
    expect(tableOf(again)).toBe(tableOf(first));
    expect(times()).toEqual(before);
    expect(again.stderr).not.toMatch(/model server|backend +tensorflow|backend +wasm/);
  });

  describe("broken off", () => {
    const training = (system: string, name: string): string => join(broken, "lora", system, name);
    const adapterOf = (directory: string, system: string): Buffer =>
      readFileSync(join(directory, "lora", system, "adapter", "adapter_model.safetensors"));
    const logOf = (directory: string): TrainingStep[] => readTrainingLog(join(directory, "lora", "seeds-only"));
    let loggedBeforeKill: TrainingStep[] = [];

    beforeAll(() => {
      cpSync(whole, broken, { recursive: true });
      for (const part of ["evaluate", "figures", "report"]) rmSync(join(broken, part), { recursive: true });
      for (const system of systems) {
        // What a training was begun with stays: its precision was chosen by a benchmark, which may choose otherwise the next time.
        rmSync(join(broken, "lora", system), { recursive: true });
        mkdirSync(join(broken, "lora", system));
        cpSync(join(whole, "lora", system, "config.json"), training(system, "config.json"));
      }
    });

    it("by kill -9 in training, goes on from the checkpoint", { timeout: minutes(10) }, async ({ skip }) => {
      const steps = logOf(whole).length;
      if (steps < 2) skip("this backend is so slow that a smoke training is a single step");
      const killed = await breakOff("SIGKILL", () => existsSync(training("seeds-only", "checkpoint.safetensors")));
      expect(killed.code).toBe("SIGKILL");
      expect(existsSync(training("seeds-only", "result.json"))).toBe(false);
      loggedBeforeKill = logOf(broken);
      expect(loggedBeforeKill.length).toBeGreaterThan(0);
      expect(loggedBeforeKill.length).toBeLessThan(steps);
    });

    it("by Ctrl+C in training, exits 1 with one line", { timeout: minutes(10) }, async () => {
      const stopped = await breakOff("SIGINT", () => existsSync(training("self-specialised", ".lock")));
      expect(stopped.code, stopped.stderr).toBe(1);
      expect(complaintOf(stopped)).toMatch(/stopped in lora: self-specialised; .*the same command continues/);
    });

    it("the first training kept the steps of its checkpoint and ended in the bits of an unbroken one", () => {
      // Speeds differ from run to run: an equal row is the row of the killed process, not a step done again.
      expect(logOf(broken).slice(0, loggedBeforeKill.length)).toEqual(loggedBeforeKill);
      expect(logOf(broken)).toHaveLength(logOf(whole).length);
      expect(adapterOf(broken, "seeds-only").equals(adapterOf(whole, "seeds-only"))).toBe(true);
    });

    it("by Ctrl+C in evaluation, exits 1 with one line and keeps the answers", { timeout: minutes(10) }, async () => {
      const answers = (): number =>
        tasks.reduce((sum, task) => sum + lines(join(broken, "evaluate", "base", `${task}.jsonl`)).length, 0);
      const stopped = await breakOff("SIGINT", () => answers() > 0);
      expect(stopped.code, stopped.stderr).toBe(1);
      expect(complaintOf(stopped)).toMatch(/stopped in .*; .*the same command continues/);
      expect(answers()).toBeGreaterThan(0);
      expect(existsSync(join(broken, "evaluate", "scores.json"))).toBe(false);
    });

    it("ends as the unbroken run did", { timeout: minutes(10) }, async () => {
      const ended = await selfspec(command(broken), environment);
      expect(ended.code, ended.stderr).toBe(0);
      for (const system of systems) expect(adapterOf(broken, system).equals(adapterOf(whole, system)), system).toBe(true);
      expect(readJson(join(broken, "evaluate", "scores.json"))).toEqual(readJson(join(whole, "evaluate", "scores.json")));
      expect(tableOf(ended)).toBe(tableOf(first));
    });
  });
});
