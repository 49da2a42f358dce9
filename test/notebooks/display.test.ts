import { createRequire } from "node:module";
import type { DataFrame } from "danfojs-node";
import { describe, expect, it, vi } from "vitest";
import { expectError, notebookParams, show, showProgress, tableOf } from "../../kernel-lib/src/notebook/index.js";
import { InputError, RunError } from "../../kernel-lib/src/runtime/index.js";

describe("notebook parameters", () => {
  const defaults = { size: "quick", seeds: 80, retrieval: false };

  it("are the defaults, then SELFSPEC_PARAMS, then SELFSPEC_SIZE", () => {
    expect(notebookParams(defaults, {})).toEqual(defaults);
    expect(notebookParams(defaults, { SELFSPEC_PARAMS: '{"seeds": 5, "size": "laptop"}', SELFSPEC_SIZE: "smoke" })).toEqual({
      size: "smoke",
      seeds: 5,
      retrieval: false,
    });
  });

  it.each(['{"seed": 5}', '{"seeds": "5"}', "[1]", "{", "/does/not/exist.json"])("refuse %s", (text) => {
    expect(() => notebookParams(defaults, { SELFSPEC_PARAMS: text })).toThrow(InputError);
  });
});

describe("tables of cells", () => {
  it("read a Danfo frame by its values", () => {
    const danfo = createRequire(import.meta.url)("danfojs-node") as { DataFrame: new (rows: object[]) => DataFrame };
    const table = tableOf(
      new danfo.DataFrame([
        { id: "a-1", n: 3 },
        { id: "b", n: 4 },
      ]),
    );
    expect(table.columns.map(({ label }) => label)).toEqual(["id", "n"]);
    expect(table.rows.map((row) => row.map(({ text }) => text))).toEqual([
      ["a-1", "3"],
      ["b", "4"],
    ]);
    const described = tableOf(new danfo.DataFrame([{ n: 3 }, { n: 5 }]).describe());
    expect(described.rows.find((row) => row[0]!.text === "mean")!.map(({ text }) => text)).toEqual(["mean", "4"]);
  }, 60_000);

  it("show the first rows and say how many there are", () => {
    const table = tableOf(
      Array.from({ length: 30 }, (_, n) => ({ n })),
      { rows: 5 },
    );
    expect(table.rows).toHaveLength(5);
    expect(table.footnotes).toEqual(["The first 5 of 30 rows."]);
  });

  it("print as text outside a kernel", () => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    show([{ name: "a", value: 1 }]);
    const printed = write.mock.calls.map(([text]) => text).join("");
    write.mockRestore();
    expect(printed).toBe("  name  value\n  a         1\n");
  });
});

describe("progress outside a kernel", () => {
  it("prints a line a finished stage, with the counts of its last report", () => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const onProgress = showProgress();
    onProgress({ stage: "lora", state: "running", done: 3, total: 4, unit: "steps", seconds: 1 });
    onProgress({ stage: "lora", state: "finished", seconds: 2 });
    const printed = write.mock.calls.map(([text]) => text).join("");
    write.mockRestore();
    expect(printed).toBe("✓  lora  3/4 steps  2.0 s\n");
  });
});

describe("an expected error", () => {
  it("that does not come is an error", async () => {
    await expect(expectError(() => 1)).rejects.toThrow(RunError);
  });
});
