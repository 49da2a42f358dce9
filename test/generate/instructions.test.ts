import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Endpoint, FailedRequest } from "../../kernel-lib/src/endpoint/index.js";
import { type GenerateInstructionsOptions, generateInstructions, presets } from "../../kernel-lib/src/generate/index.js";
import { InputError, type ProgressEvent, RunError, StoppedError } from "../../kernel-lib/src/runtime/index.js";
import { scriptedEndpoint, testSeeds, writeTasks } from "./scripted-endpoint.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "selfspec-instructions-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

let number = 0;
const run = (endpoint: Endpoint, change: Partial<GenerateInstructionsOptions> = {}) =>
  generateInstructions({
    directory: join(folder, `run-${++number}`),
    seeds: testSeeds,
    domain: "biomedicine",
    endpoint,
    preset: presets["self-moe"],
    runSeed: 5,
    attempts: 60,
    ...change,
  });
/** The bytes that must not depend on how the stage was run. */
const result = (directory: string): string[] =>
  ["config.json", "rows.jsonl", "rejected.jsonl", "ledger.json"].map((name) => readFileSync(join(directory, name), "utf8"));

const straight = async (change: Partial<GenerateInstructionsOptions> = {}): Promise<string[]> => {
  const directory = join(folder, "straight");
  if (!existsSync(directory)) await run(scriptedEndpoint(writeTasks), { directory, concurrency: 1, ...change });
  return result(directory);
};

describe("generating instructions", () => {
  it("keeps what passes, rejects the rest by name, and balances", async () => {
    const { rows, rejections, ledger } = await run(scriptedEndpoint(writeTasks));
    expect(ledger.in).toBe(60);
    expect(rows.length + rejections.length).toBe(60);
    expect(Object.keys(ledger.rejected).sort()).toEqual(["cut-off", "near-duplicate", "no-input", "too-short"]);
    expect(rejections.find(({ rule }) => rule === "near-duplicate")).toMatchObject({
      threshold: 0.7,
      nearestId: expect.any(String),
    });
    expect(rows.every(({ novelty }) => novelty.score <= 0.7)).toBe(true);
  });

  it.each(["self-moe", "nearest"] as const)("%s: ends with the same bytes at concurrency 8 as at 1", async (name) => {
    const preset = presets[name];
    const endpoint = scriptedEndpoint(writeTasks);
    await run(endpoint, { directory: join(folder, "wide"), concurrency: 8, preset });
    expect(endpoint.mostInFlight()).toBe(8);
    expect(result(join(folder, "wide"))).toEqual(await straight({ preset }));
  });

  it("P2: ends with the same bytes wherever it broke off and however its last line was torn", async () => {
    const expected = await straight();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 6 }),
        fc.boolean(),
        async (failAt, concurrency, torn) => {
          const directory = join(folder, `broken-${++number}`);
          await expect(run(scriptedEndpoint(writeTasks, { failAt }), { directory, concurrency })).rejects.toThrow(
            "the server is gone",
          );
          expect(existsSync(join(directory, "ledger.json"))).toBe(false);
          if (torn) appendFileSync(join(directory, "raw.jsonl"), '{"key":"0001","te');
          const again = scriptedEndpoint(writeTasks);
          await run(again, { directory, concurrency });
          expect(again.requests.length).toBeLessThanOrEqual(60 - (failAt - concurrency));
          expect(result(directory)).toEqual(expected);
        },
      ),
      { numRuns: 25 },
    );
  });

  it("stops between rows on abort, keeps what was written, and goes on", async () => {
    const directory = join(folder, "stopped");
    const stop = new AbortController();
    const endpoint = scriptedEndpoint(writeTasks, { onCall: (call) => call === 20 && stop.abort() });
    await expect(run(endpoint, { directory, signal: stop.signal, concurrency: 3 })).rejects.toThrow(StoppedError);
    expect(readFileSync(join(directory, "raw.jsonl"), "utf8").split("\n").length).toBeGreaterThan(15);
    await run(scriptedEndpoint(writeTasks), { directory });
    expect(result(directory)).toEqual(await straight());
  });

  it("stops at the target, at the same attempt at any concurrency", async () => {
    const ledgers = await Promise.all(
      [1, 7].map(async (concurrency) => (await run(scriptedEndpoint(writeTasks), { target: 10, concurrency })).ledger),
    );
    expect(ledgers[0]).toEqual(ledgers[1]);
    expect(ledgers[0]!.kept).toBe(10);
    expect(ledgers[0]!.in).toBeLessThan(60);
  });

  it("does nothing when the stage is finished", async () => {
    const directory = join(folder, "twice");
    const first = await run(scriptedEndpoint(writeTasks), { directory });
    const endpoint = scriptedEndpoint(writeTasks);
    expect(await run(endpoint, { directory })).toEqual(first);
    expect(endpoint.requests).toEqual([]);
  });

  it("refuses to continue under another configuration, naming what changed", async () => {
    const directory = join(folder, "changed");
    await run(scriptedEndpoint(writeTasks), { directory, attempts: 4 });
    const changed = run(scriptedEndpoint(writeTasks), { directory, attempts: 4, runSeed: 6 });
    await expect(changed).rejects.toThrow(InputError);
    await expect(changed).rejects.toThrow(/runSeed was 5, is 6/);
  });

  it("ends with one line and the funnel when nothing survives, and says so again", async () => {
    const directory = join(folder, "empty");
    for (let time = 0; time < 2; time++) {
      const empty = run(
        scriptedEndpoint(() => ({ text: " ..." })),
        { directory, attempts: 6 },
      );
      await expect(empty).rejects.toThrow(RunError);
      await expect(empty).rejects.toThrow(/6 written, 0 kept · 6 rejected \(6 too-short\)/);
    }
  });

  it("asks for the input behind its label where the preset scaffolds, and not after a broken instruction", async () => {
    const endpoint = scriptedEndpoint((request, random) =>
      request.seed! % 2 === 0 ? { text: " Hm." } : writeTasks(request, random),
    );
    const { ledger } = await run(endpoint, { preset: presets.nearest, attempts: 20 });
    const second = endpoint.requests.filter(({ prompt }) => prompt.endsWith("\nInput:"));
    expect(second.length).toBe(20 - ledger.rejected["too-short"]!);
    expect(endpoint.requests.length).toBe(20 + second.length);
    expect(ledger.rejected["no-input"]).toBeUndefined();
  });

  it("lets samples of one prompt share it and differ in their seeds", async () => {
    const endpoint = scriptedEndpoint(() => ({
      text: " Name the organ that is written here.\nInput: The liver was large then.",
    }));
    const preset = structuredClone(presets.nearest);
    preset.instructions.scaffold = false;
    await run(endpoint, { preset, attempts: 8, concurrency: 1 });
    expect(new Set(endpoint.requests.map(({ prompt }) => prompt)).size).toBe(2);
    expect(new Set(endpoint.requests.map(({ seed }) => seed)).size).toBe(8);
  });

  it("counts a request that the server refuses as failed, and goes on", async () => {
    const refusal = new FailedRequest({ got: "scripted: prompt too long" }, { failureClass: "fatal", status: 400 });
    const { ledger } = await run(scriptedEndpoint(writeTasks, { failAt: 31, failWith: refusal }), { concurrency: 1 });
    expect(ledger).toMatchObject({ in: 60, failed: 30 });
  });

  it("tells how many were written, kept and rejected while it runs", async () => {
    const events: ProgressEvent[] = [];
    await run(scriptedEndpoint(writeTasks), { concurrency: 1, onProgress: (event) => events.push(event) });
    const last = events.at(-2)!;
    expect(last).toMatchObject({ stage: "instructions", state: "running", done: 60, total: 60, unit: "written" });
    expect(last.message).toMatch(/^\d+ of 60 kept \(\d+ %\), most rejected: [a-z-]+ \d+ · \d+ tok\/s$/);
    expect(events.at(-1)!.state).toBe("finished");
  });
});
