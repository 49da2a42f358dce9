import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { InputError, openJsonlLog, readJson, readJsonl, writeAtomic } from "../../kernel-lib/src/runtime/index.js";

const row = z.strictObject({ n: z.number() });
const folder = (): string => mkdtempSync(join(tmpdir(), "files-"));

describe("readJsonl", () => {
  it("names file and line of a row that is not JSON", () => {
    const path = join(folder(), "rows.jsonl");
    writeFileSync(path, '{"n":1}\nnot json\n');
    expect(() => readJsonl(path, row)).toThrow(/rows\.jsonl:2 is not JSON/);
  });

  it("names file, line and field of a row that does not fit the schema", () => {
    const path = join(folder(), "rows.jsonl");
    writeFileSync(path, '{"n":1}\n\n{"n":"two"}\n');
    expect(() => readJsonl(path, row)).toThrow(/rows\.jsonl:3 is not a row: n:/);
  });

  it("refuses a missing file as bad input", () => {
    expect(() => readJsonl(join(folder(), "none.jsonl"), row)).toThrow(InputError);
  });
});

describe("openJsonlLog", () => {
  it("continues after a torn last line as if it had never been begun", () => {
    const path = join(folder(), "log.jsonl");
    const first = openJsonlLog(path, row);
    first.append({ n: 1 });
    first.close();
    appendFileSync(path, '{"n":2');
    const second = openJsonlLog(path, row);
    expect(second.rows).toEqual([{ n: 1 }]);
    second.append({ n: 3 });
    second.close();
    expect(readFileSync(path, "utf8")).toBe('{"n":1}\n{"n":3}\n');
  });

  it("refuses a whole line that is broken", () => {
    const path = join(folder(), "log.jsonl");
    writeFileSync(path, '{"n":1}\n{"n":\n');
    expect(() => openJsonlLog(path, row)).toThrow(/log\.jsonl:2/);
  });
});

it("readJson names a damaged file", () => {
  const path = join(folder(), "config.json");
  writeFileSync(path, "{ torn");
  expect(() => readJson(path)).toThrow(/config\.json cannot be read as JSON/);
});

describe("writeAtomic", () => {
  it("creates folders, replaces the file and leaves nothing beside it", () => {
    const base = folder();
    const path = join(base, "a", "b.txt");
    writeAtomic(path, "one");
    writeAtomic(path, "two");
    expect(readFileSync(path, "utf8")).toBe("two");
    expect(readdirSync(join(base, "a"))).toEqual(["b.txt"]);
    expect(existsSync(join(base, "b.txt"))).toBe(false);
  });
});
