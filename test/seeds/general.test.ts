// The generic baseline's seeds: the format is Self-Instruct's; the lines written here are ours.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { projectRoot } from "../../kernel-lib/src/runtime/index.js";
import { countTaskKinds, domainOf, generalSeedFile, loadSeeds } from "../../kernel-lib/src/seeds/index.js";

const task = (number: number, change: object = {}) => ({
  id: `seed_task_${number}`,
  name: "packing",
  instruction: "Say what to pack for this trip.",
  instances: [
    { input: "Two days in the hills, rain likely.", output: "A coat and boots." },
    { input: "", output: "Nothing." },
  ],
  is_classification: false,
  ...change,
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "seeds-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function file(...rows: object[]): string {
  const path = join(folder, "tasks.jsonl");
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return path;
}

describe("seeds in Self-Instruct's format", () => {
  test("become general seeds with their first instance", () => {
    const [first, second] = loadSeeds({ path: file(task(0), task(6, { is_classification: true })) });
    expect(first).toMatchObject({ id: "general-001", domain: "general", task: "generation", output: "A coat and boots." });
    expect(second).toMatchObject({ id: "general-007", task: "classification" });
  });

  test.each([
    ["no instance", task(1, { instances: [] }), /tasks\.jsonl:2 .*instances/],
    ["a task that came before", task(0), /tasks\.jsonl:2 .*general-001 is already the id/],
    ["an unknown field", task(1, { note: "x" }), /tasks\.jsonl:2 .*note/],
  ])("name the line of %s", (_, row, message) => {
    expect(() => loadSeeds({ path: file(task(0), row) })).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringMatching(message) }),
    );
  });

  test("are refused where a domain's seeds are asked for", () => {
    expect(() => loadSeeds({ domain: "biomedicine", path: file(task(0)) })).toThrow(/got general .* biomedicine/);
  });
});

describe("the general seeds", () => {
  test("say how to get them where they are not here", () => {
    vi.stubEnv("SELFSPEC_CACHE", folder);
    vi.stubEnv("SELFSPEC_BENCHMARKS", "");
    expect(() => loadSeeds({ domain: "general" })).toThrow(/data pull/);
  });

  test("are refused with other bytes than the pinned ones", () => {
    mkdirSync(join(folder, "raw", "self-instruct"), { recursive: true });
    writeFileSync(join(folder, "raw", generalSeedFile.name), `${JSON.stringify(task(0))}\n`);
    vi.stubEnv("SELFSPEC_BENCHMARKS", folder);
    expect(() => loadSeeds({ domain: "general" })).toThrow(generalSeedFile.sha256);
  });

  const shared = resolve(projectRoot(), "..", "shared", "benchmarks");
  test.skipIf(!existsSync(join(shared, "raw", generalSeedFile.name)))("are 175 tasks, 26 of them classifications", () => {
    vi.stubEnv("SELFSPEC_BENCHMARKS", shared);
    const seeds = loadSeeds({ domain: "general" });
    expect(seeds).toHaveLength(175);
    expect(Object.fromEntries(countTaskKinds(seeds))).toEqual({ generation: 149, classification: 26 });
  });
});

describe("domainOf", () => {
  test("names the one domain of a set and refuses a mixture", () => {
    expect(domainOf(loadSeeds({ domain: "finance" }))).toBe("finance");
    expect(() => domainOf(loadSeeds())).toThrow(/biomedicine and finance/);
    expect(() => domainOf([])).toThrow(/no seeds/);
  });
});
