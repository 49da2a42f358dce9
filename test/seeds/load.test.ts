import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadSeeds, type Seed } from "../../kernel-lib/src/seeds/index.js";

const seed: Seed = {
  id: "bio-001",
  domain: "biomedicine",
  task: "definition",
  instruction: "Define the term.",
  input: "allele",
  output: "One of the forms of a gene.",
  source: "written for this test",
  licence: "Apache-2.0",
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "seeds-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(...rows: (object | string)[]): string {
  const path = join(folder, "mine.jsonl");
  writeFileSync(path, rows.map((row) => `${typeof row === "string" ? row : JSON.stringify(row)}\n`).join(""));
  return path;
}

describe("loadSeeds", () => {
  test("reads the caller's file instead of the embedded set, in file order", () => {
    const second = { ...seed, id: "bio-000" };
    expect(loadSeeds({ path: file(seed, "", second) })).toEqual([seed, second]);
  });

  test("reads every domain when none is named", () => {
    expect(loadSeeds()).toEqual([...loadSeeds({ domain: "biomedicine" }), ...loadSeeds({ domain: "finance" })]);
  });

  test.each([
    ["a row without output", { ...seed, id: "bio-002", output: "" }, /mine\.jsonl:3 .*output/],
    ["an unknown field", { ...seed, id: "bio-002", label: "x" }, /mine\.jsonl:3 .*label/],
    ["a row that is not JSON", "{", /mine\.jsonl:3 is not JSON/],
    ["an id used before", { ...seed }, /mine\.jsonl:3 .*bio-001 is already the id/],
    ["a row of another domain", { ...seed, id: "fin-001", domain: "finance" }, /mine\.jsonl:3 .*finance.*biomedicine/],
  ])("names the line of %s, blank lines counted", (_, row, message) => {
    const path = file(seed, "", row);
    expect(() => loadSeeds({ path, domain: "biomedicine" })).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringMatching(message) }),
    );
  });

  test("refuses a missing file and an empty one", () => {
    expect(() => loadSeeds({ path: join(folder, "absent.jsonl") })).toThrow(/absent\.jsonl does not exist/);
    expect(() => loadSeeds({ path: file("") })).toThrow(/holds no seeds/);
  });
});
