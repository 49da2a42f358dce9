import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Corpus, defaultSettings } from "../../kernel-lib/src/corpus/index.js";
import type { Endpoint } from "../../kernel-lib/src/endpoint/index.js";
import {
  type GenerateResponsesOptions,
  generateResponses,
  type Instruction,
  presets,
} from "../../kernel-lib/src/generate/index.js";
import { InputError, RunError } from "../../kernel-lib/src/runtime/index.js";
import { scriptedEndpoint, testSeeds } from "./scripted-endpoint.js";

const instructions: Instruction[] = Array.from({ length: 24 }, (_, index) => ({
  id: `task-${String(index).padStart(4, "0")}`,
  instruction: `Describe finding ${index} of the patient.`,
  input: `Finding ${index} was seen in the left lung.`,
  promptHash: "0".repeat(64),
  demoIds: ["bio-001"],
  sample: index,
  novelty: { nearestId: "bio-001", score: 0.3 },
  model: "scripted-model",
  usage: { promptTokens: 1, completionTokens: 1 },
}));

const write: Parameters<typeof scriptedEndpoint>[0] = ({ seed }, random) => {
  const fate = seed! % 10;
  if (fate === 0) return { text: "" };
  if (fate === 1) return { text: " and so on and so on", finishReason: "length" };
  return { text: ` seen on day ${random.integer(999)}\n\nInstruction: next` };
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "selfspec-responses-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

let number = 0;
const run = (endpoint: Endpoint, change: Partial<GenerateResponsesOptions> = {}) =>
  generateResponses({
    directory: join(folder, `run-${++number}`),
    instructions,
    seeds: testSeeds,
    domain: "biomedicine",
    endpoint,
    preset: presets["self-moe"],
    runSeed: 5,
    ...change,
  });
const result = (directory: string): string[] =>
  ["config.json", "rows.jsonl", "rejected.jsonl", "ledger.json"].map((name) => readFileSync(join(directory, name), "utf8"));

describe("generating responses", () => {
  it("answers every task once, greedily, after five demonstrations with their answers", async () => {
    const endpoint = scriptedEndpoint(write);
    const { rows, ledger } = await run(endpoint);
    expect(ledger).toMatchObject({ in: 24, kept: rows.length, failed: 0 });
    expect(Object.keys(ledger.rejected).sort()).toEqual(["cut-off", "empty-output"]);
    expect(endpoint.requests.every(({ temperature }) => temperature === 0)).toBe(true);
    expect(endpoint.requests.every(({ prompt }) => prompt.split("\nOutput:").length === 7)).toBe(true);
    expect(rows[0]!.demoIds).toHaveLength(5);
    expect(rows[0]!.output).toMatch(/^seen on day \d+$/);
  });

  it.each(["self-moe", "nearest"] as const)(
    "%s: ends with the same bytes at concurrency 1 and 8, broken off or not",
    async (name) => {
      const preset = presets[name];
      const [narrow, wide, broken] = ["narrow", "wide", "broken"].map((part) => join(folder, part)) as [string, string, string];
      await run(scriptedEndpoint(write), { directory: narrow, concurrency: 1, preset });
      await run(scriptedEndpoint(write), { directory: wide, concurrency: 8, preset });
      await expect(run(scriptedEndpoint(write, { failAt: 9 }), { directory: broken, concurrency: 4, preset })).rejects.toThrow(
        "gone",
      );
      await run(scriptedEndpoint(write), { directory: broken, concurrency: 4, preset });
      expect(result(wide)).toEqual(result(narrow));
      expect(result(broken)).toEqual(result(narrow));
    },
  );

  it("sends rows with the same related demonstrations one after the other, so that a prefix is paid for once", async () => {
    const endpoint = scriptedEndpoint(write);
    await run(endpoint, { preset: presets.nearest, concurrency: 1 });
    const prefixes = endpoint.requests.map(({ prompt }) => prompt.slice(0, prompt.lastIndexOf("Instruction:")));
    const changes = prefixes.filter((prefix, index) => index > 0 && prefix !== prefixes[index - 1]).length;
    expect(changes).toBe(new Set(prefixes).size - 1);
  });

  it("shows retrieved passages before the task and stores their ids, ranks and scores", async () => {
    const asked: string[] = [];
    const corpus: Corpus = {
      count: 1,
      source: "test",
      licence: "test",
      fingerprint: "f",
      settings: defaultSettings,
      search: (query) => {
        asked.push(query);
        return Promise.resolve([{ id: "p1", text: "Lungs hold air.", source: "test", licence: "test", rank: 1, score: 2.5 }]);
      },
      close: () => undefined,
    };
    const endpoint = scriptedEndpoint(write);
    const { rows } = await run(endpoint, { retrieval: { corpus, passages: 1 }, concurrency: 1 });
    expect(asked[0]).toBe("Describe finding 0 of the patient. Finding 0 was seen in the left lung.");
    expect(endpoint.requests[0]!.prompt).toContain("Lungs hold air.\nInstruction: Describe finding 0");
    expect(rows[0]!.passages).toEqual([{ id: "p1", rank: 1, score: 2.5 }]);
  });

  it("drops all answers to a task that was answered in different ways", async () => {
    const twice = [instructions[0]!, { ...instructions[0]!, id: "task-again" }, instructions[1]!];
    const endpoint = scriptedEndpoint(({ seed }) => ({ text: ` answer ${seed}` }));
    const { rows, ledger } = await run(endpoint, { instructions: twice });
    expect(rows.map(({ instructionId }) => instructionId)).toEqual(["task-0001"]);
    expect(ledger.rejected).toEqual({ "conflicting-answers": 2 });
  });

  it("refuses instructions that share an id", async () => {
    await expect(run(scriptedEndpoint(write), { instructions: [instructions[0]!, instructions[0]!] })).rejects.toThrow(
      InputError,
    );
  });

  it("ends with one line and the funnel when no answer survives", async () => {
    const empty = run(scriptedEndpoint(() => ({ text: "" })));
    await expect(empty).rejects.toThrow(RunError);
    await expect(empty).rejects.toThrow(/24 answered, 0 kept · 24 rejected \(24 empty-output\)/);
  });
});
