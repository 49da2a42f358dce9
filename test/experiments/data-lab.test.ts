// The generation lab on a scripted server: what it counts, compares and seals is held against what the server was really asked.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  answersOf,
  type CountedExecution,
  compareAnswers,
  compareFiles,
  type DataLab,
  emptyCopyOf,
  examplePrompt,
  executeCounted,
  generationOutlook,
  openDataLab,
  previewOf,
  sealRun,
  variantOf,
  whatIfGrid,
} from "../../kernel-lib/src/experiments/index.js";
import { InputError } from "../../kernel-lib/src/runtime/index.js";
import { temporaryFolder } from "../cli/command.js";
import { writeExperiment } from "../cli/experiment-file.js";
import { type ScriptedServer, startScriptedServer } from "../cli/scripted-server.js";

let server: ScriptedServer;
let lab: DataLab;
let first: CountedExecution;
const until = { until: "dataset" } as const;

beforeAll(async () => {
  vi.stubEnv("SELFSPEC_HOME", temporaryFolder());
  server = await startScriptedServer(undefined, 0);
  lab = openDataLab({ config: writeExperiment({ model: "scripted", endpoint: { baseURL: server.baseURL } }), size: "smoke" });
  first = await executeCounted(lab.run, until);
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.close();
});

describe("an execution's calls", () => {
  it("are those that the server was asked, and none from the cache at first", async () => {
    const before = server.requests();
    const other = await executeCounted(variantOf(lab, { runSeed: 2 }), until);
    expect(other.calls).toMatchObject({ asked: server.requests() - before, cached: 0 });
    expect(other.calls.asked).toBeGreaterThan(0);
  });

  it("are none in a finished folder, and all from the cache in an empty one", async () => {
    const before = server.requests();
    expect((await executeCounted(lab.run, until)).calls).toMatchObject({ needed: 0, asked: 0 });
    const repeated = await executeCounted(emptyCopyOf(lab.run, "again"), until);
    expect(repeated.calls).toMatchObject({ needed: first.calls.needed, asked: 0, cached: first.calls.needed });
    expect(repeated.calls.saved.completionTokens).toBe(5 * first.calls.needed);
    expect(server.requests()).toBe(before);
  });

  it("of a preview are among the run's first", async () => {
    const before = server.requests();
    const preview = await executeCounted(previewOf(lab, 2), until);
    expect(preview.result.ledgers[0]!.kept).toBe(2);
    expect(preview.calls.needed).toBeGreaterThan(0);
    expect(server.requests()).toBe(before);
  });
});

describe("what if", () => {
  it("repeats the stage's own ledger at its own threshold, and asks nobody", () => {
    const before = server.requests();
    const { noveltyThreshold } = lab.preset.instructions;
    const [own, strict] = whatIfGrid(lab.run, { noveltyThreshold: [noveltyThreshold, 0.1], minInputWords: [] });
    expect(own!.ledger).toEqual(first.result.ledgers[0]);
    expect(strict!.ledger.kept).toBeLessThan(own!.ledger.kept);
    expect(server.requests()).toBe(before);
  });
});

describe("another way to answer", () => {
  it("answers the same instructions, and every row is the same, changed, gained or lost", async () => {
    const sampled = variantOf(lab, { "generation.responses.samples": 3, "generation.responses.pick": "self-consistency" });
    await executeCounted(sampled, { until: "responses" });
    const { sameInstructions, same, changed, gained, lost } = await compareAnswers(lab.run, sampled);
    expect(sameInstructions).toBe(true);
    expect(same + changed.length + gained.length).toBe(answersOf(sampled).length);
    expect(same + changed.length + lost.length).toBe(answersOf(lab.run).length);
    expect(changed.every(({ before, after }) => before !== after)).toBe(true);
  });

  it("that does not exist is refused by name", () => {
    expect(() => variantOf(lab, { "generation.responses.sample": 3 })).toThrow(InputError);
    expect(() => variantOf(lab, { "generation.responses.sample": 3 })).toThrow(/generation\.responses\.sample/);
  });
});

describe("a sealed run", () => {
  it("is rebuilt file by file from its bundle, with nobody asked", async () => {
    const sealed = await sealRun(lab.run);
    expect(sealed.manifest.records).toBe(first.calls.needed);
    const before = server.requests();
    const replayed = emptyCopyOf(lab.run, "replay");
    await executeCounted(replayed, { ...until, replay: sealed.path });
    expect(server.requests()).toBe(before);
    const files = await compareFiles(lab.run, replayed);
    expect(files.map(({ file }) => file)).toContain("dataset/triples.jsonl");
    expect(files.filter(({ same }) => !same)).toEqual([]);
    rmSync(join(replayed.directory.responses(), "rows.jsonl"));
    const spoilt = await compareFiles(lab.run, replayed);
    expect(spoilt.filter(({ same }) => !same).map(({ file }) => file)).toEqual(["responses/rows.jsonl"]);
  });
});

describe("before the first call", () => {
  it("the outlook has the two stages of generation, their minutes unknown where nothing was measured", () => {
    const { stages, minutes } = generationOutlook(lab.run);
    expect(stages.map(({ stage }) => stage)).toEqual(["instructions", "responses"]);
    expect(stages[0]!.calls.high).toBe(2 * lab.run.config.budget.maxAttempts);
    expect(minutes).toBeNull();
  });

  it("the example prompt shows as many demonstrations as the preset says, from a file with its hash", () => {
    const { file, text } = examplePrompt(lab.run);
    expect(file.name).toBe(lab.preset.instructions.prompts[0]);
    expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(text.match(/^Instruction: ./gm)).toHaveLength(lab.preset.instructions.demonstrations);
  });
});
