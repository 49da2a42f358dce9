import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Endpoint, FailedRequest } from "../../kernel-lib/src/endpoint/index.js";
import {
  defaultSubDomains,
  type GenerateInstructionsOptions,
  generateInstructions,
  type InstructionPreset,
  presets,
} from "../../kernel-lib/src/generate/index.js";
import { deriveRandom, InputError, type ProgressEvent } from "../../kernel-lib/src/runtime/index.js";
import { scriptedEndpoint, testSeeds, writeTasks } from "./scripted-endpoint.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "selfspec-knobs-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

let number = 0;
const run = async (endpoint: Endpoint, knobs: Partial<InstructionPreset>, change: Partial<GenerateInstructionsOptions> = {}) => {
  const directory = change.directory ?? join(folder, `run-${++number}`);
  const preset = { ...presets["self-moe"], instructions: { ...presets["self-moe"].instructions, ...knobs } };
  const options = { directory, seeds: testSeeds, domain: "biomedicine" as const, endpoint, preset, runSeed: 5, attempts: 60 };
  return { directory, ...(await generateInstructions({ ...options, ...change })) };
};
const bytes = (directory: string): string[] =>
  ["config.json", "rows.jsonl", "rejected.jsonl", "stopped.json", "ledger.json"].map((name) =>
    readFileSync(join(directory, name), "utf8"),
  );

describe("machine-written demonstrations", () => {
  const knobs = { demonstrations: 8, machineDemonstrations: 2, waveSize: 16 };

  it.each(["random", "related"] as const)("%s: shows at most two rows, kept in earlier waves only", async (choose) => {
    const { rows } = await run(scriptedEndpoint(writeTasks), { ...knobs, choose });
    const kept = new Map(rows.map((row) => [row.id, row.sample]));
    const machine = rows.map(({ demoIds }) => demoIds.filter((id) => id.startsWith("task-")));
    expect(rows.every(({ demoIds }) => demoIds.length === 8 && new Set(demoIds).size === 8)).toBe(true);
    expect(rows.flatMap(({ sample }, index) => (sample < 16 ? machine[index]! : []))).toEqual([]);
    rows.forEach(({ sample }, index) => {
      if (sample >= 16) expect(machine[index]).toHaveLength(2);
      for (const id of machine[index]!) expect(kept.get(id)).toBeLessThan(16 * Math.floor(sample / 16));
    });
  });

  it("P12: come out the same at concurrency 1 and 64, and after a break", async () => {
    const narrow = await run(scriptedEndpoint(writeTasks), knobs, { concurrency: 1 });
    const wide = await run(scriptedEndpoint(writeTasks), knobs, { concurrency: 64 });
    const directory = join(folder, "broken");
    await expect(run(scriptedEndpoint(writeTasks, { failAt: 37 }), knobs, { directory, concurrency: 5 })).rejects.toThrow("gone");
    await run(scriptedEndpoint(writeTasks), knobs, { directory, concurrency: 64 });
    expect(bytes(wide.directory)).toEqual(bytes(narrow.directory));
    expect(bytes(directory)).toEqual(bytes(narrow.directory));
  });

  it("leave prompts as they were where none are asked for", async () => {
    const plain = scriptedEndpoint(writeTasks);
    const waves = scriptedEndpoint(writeTasks);
    await run(plain, { waveSize: 1000 }, { concurrency: 1 });
    await run(waves, { waveSize: 8 }, { concurrency: 1 });
    expect(waves.requests.map(({ prompt }) => prompt)).toEqual(plain.requests.map(({ prompt }) => prompt));
  });
});

describe("sub-domains", () => {
  it("are named one a prompt, drawn by seed, stored in the row, and end a text that starts another", async () => {
    const endpoint = scriptedEndpoint(writeTasks);
    const { rows } = await run(endpoint, { subDomains: ["bones", "nerves"] });
    expect(new Set(rows.map(({ subDomain }) => subDomain))).toEqual(new Set(["bones", "nerves"]));
    expect(endpoint.requests.every(({ prompt }) => /\n\nTopic: (bones|nerves)\nInstruction:$/.test(prompt))).toBe(true);
    expect(endpoint.requests.every(({ stop }) => stop!.includes("\nTopic:") && stop!.length <= 4)).toBe(true);
  });

  it("come from the domain's own list by default, and are absent where none is asked for", async () => {
    const { rows } = await run(scriptedEndpoint(writeTasks), { subDomains: "default" });
    expect(rows.every(({ subDomain }) => defaultSubDomains.biomedicine.includes(subDomain!))).toBe(true);
    const plain = await run(scriptedEndpoint(writeTasks), {});
    expect(plain.rows.every((row) => !("subDomain" in row))).toBe(true);
  });
});

describe("the end of the stage", () => {
  /** New at first, then always the same. */
  const drying = () =>
    scriptedEndpoint((request, random) => {
      const fresh = deriveRandom(request.seed!).uniform() < 0.03;
      return fresh ? writeTasks(request, random) : { text: " Name the same organ once again here.\nInput: The liver was large." };
    });
  const autoStop = { window: 20, minYield: 0.15, maxNearDuplicates: 1 };

  it("P10: comes by itself when little is new, at the same attempt at any concurrency, and says so", async () => {
    const events: ProgressEvent[] = [];
    const narrow = await run(drying(), { autoStop }, { concurrency: 1, onProgress: (event) => events.push(event) });
    const wide = await run(drying(), { autoStop }, { concurrency: 64 });
    expect(narrow.stopped).toMatchObject({ reason: "low-yield" });
    expect(narrow.ledger.in).toBeLessThan(60);
    expect(events.at(-1)!.message).toMatch(/^\d+ kept · .* · stopped: \d of the last 20 were new$/);
    expect(bytes(wide.directory)).toEqual(bytes(narrow.directory));
    const again = drying();
    expect((await run(again, { autoStop }, { directory: narrow.directory })).stopped).toEqual(narrow.stopped);
    expect(again.requests).toEqual([]);
  });

  it("comes with the token budget, counted in the order of the attempts", async () => {
    const runs = await Promise.all(
      [1, 64].map((concurrency) => run(scriptedEndpoint(writeTasks), { tokenBudget: 97 }, { concurrency })),
    );
    expect(runs[0]!.ledger.in).toBe(20);
    expect(runs[0]!.stopped!.reason).toBe("token-budget");
    expect(bytes(runs[1]!.directory)).toEqual(bytes(runs[0]!.directory));
  });

  it("is recorded as the last attempt or the target where it was neither", async () => {
    expect((await run(scriptedEndpoint(writeTasks), {})).stopped).toEqual({
      reason: "attempts",
      line: "all 60 attempts were made",
    });
    expect((await run(scriptedEndpoint(writeTasks), {}, { target: 4 })).stopped!.reason).toBe("target");
  });
});

describe("the filter", () => {
  it("parse-only keeps whatever reads as a task, near-duplicates and cut-off texts too", async () => {
    const { ledger, rows } = await run(scriptedEndpoint(writeTasks), { filter: "parse-only" });
    const full = await run(scriptedEndpoint(writeTasks), {});
    expect(Object.keys(ledger.rejected)).toEqual(["no-input"]);
    expect(rows.some(({ novelty }) => novelty.score > 0.7)).toBe(true);
    expect(rows.length).toBeGreaterThan(full.rows.length);
  });

  it("takes rules off and thresholds over by name, and names an unknown one", async () => {
    const change = (off: string[], thresholds: Record<string, number>) =>
      run(scriptedEndpoint(writeTasks), { ruleChanges: { off, thresholds } });
    const { ledger } = await change(["cut-off"], { "too-short": 1 });
    expect(ledger.rejected).toMatchObject({ "odd-opening": expect.any(Number), "no-input": expect.any(Number) });
    expect(Object.keys(ledger.rejected)).not.toContain("cut-off");
    expect(Object.keys(ledger.rejected)).not.toContain("too-short");
    await expect(change(["too-shrt"], {})).rejects.toThrow(/filter rule "too-shrt"/);
  });

  it("drops a seed's input under another instruction, and runs of words in common, where asked", async () => {
    const copying = () =>
      scriptedEndpoint((request, random) =>
        request.seed! % 2 === 0
          ? { text: ` Count ${random.integer(1e9)} ${random.integer(1e9)} things now.\nInput: ${testSeeds[3]!.input}` }
          : writeTasks(request, random),
      );
    const copies = await run(copying(), { rejectSeedCopies: true });
    expect(copies.ledger.rejected["copy-of-seed"]).toBeGreaterThan(10);
    expect(copies.rows.some(({ input }) => input === testSeeds[3]!.input)).toBe(false);
    const runs = await run(copying(), { shingleThreshold: 0.3, noveltyOn: "instruction+input" });
    expect(runs.ledger.rejected["same-shingles"]).toBeGreaterThan(0);
  });
});

describe("prompts", () => {
  it("are recorded with their hash, and a stage begun with another file is not continued", async () => {
    const { directory, rows } = await run(scriptedEndpoint(writeTasks), {});
    const config = JSON.parse(readFileSync(join(directory, "config.json"), "utf8"));
    expect(config.prompts).toEqual([{ name: "instructions-v1", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
    expect(rows.every(({ prompt }) => prompt === "instructions-v1")).toBe(true);
    expect(existsSync(join(directory, "seeds.jsonl"))).toBe(true);
  });

  it("that are unknown are refused before anything is written", async () => {
    const directory = join(folder, "unknown");
    await expect(run(scriptedEndpoint(writeTasks), { prompts: ["instructions-v0"] }, { directory })).rejects.toThrow(InputError);
    expect(existsSync(directory)).toBe(false);
  });
});

describe("the ledger", () => {
  it("P1: in = kept + rejected + failed, and the same rows, whatever fails and however the stage is cut up", async () => {
    const knobs = fc.record({
      machineDemonstrations: fc.integer({ min: 0, max: 3 }),
      waveSize: fc.integer({ min: 1, max: 40 }),
      samplesPerPrompt: fc.integer({ min: 1, max: 7 }),
      scaffold: fc.boolean(),
    });
    const refusal = new FailedRequest({ got: "scripted: prompt too long" }, { failureClass: "fatal", status: 400 });
    await fc.assert(
      fc.asyncProperty(
        knobs,
        fc.integer({ min: 2, max: 12 }),
        fc.integer({ min: 2, max: 64 }),
        fc.integer({ min: 1, max: 50 }),
        async (chosen, everyNth, concurrency, failAt) => {
          const write: typeof writeTasks = (request, random) => {
            if (request.seed! % everyNth === 0) throw refusal;
            return writeTasks(request, random);
          };
          const one = await run(scriptedEndpoint(write), chosen, { concurrency: 1, attempts: 40 });
          const directory = join(folder, `run-${++number}`);
          const cut = run(scriptedEndpoint(write, { failAt }), chosen, { directory, concurrency, attempts: 40 });
          await cut.catch((error: Error) => expect(error.message).toBe("the server is gone"));
          await run(scriptedEndpoint(write), chosen, { directory, concurrency, attempts: 40 });
          const { in: all, kept, rejected, failed } = one.ledger;
          expect(all).toBe(40);
          expect(kept + Object.values(rejected).reduce((sum, n) => sum + n, 0) + failed).toBe(40);
          expect(failed).toBeGreaterThan(0);
          expect(kept).toBe(one.rows.length);
          expect(bytes(directory)).toEqual(bytes(one.directory));
        },
      ),
      { numRuns: 20 },
    );
  });
});
