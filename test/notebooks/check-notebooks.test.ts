import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkNotebooks, normalForm, readNotebook, stableJson } from "../../kernel-lib/src/notebook/index.js";
import { writeNotebook } from "./example-notebook.js";

/** A notebook in normal form, changed by `edit` afterwards. */
function committed(
  sources: readonly string[],
  edit: (json: { cells: Record<string, unknown>[]; metadata: object }) => void = () => {},
): string {
  const path = writeNotebook(sources);
  const json = JSON.parse(normalForm(readNotebook(path)));
  edit(json);
  writeFileSync(path, stableJson(json));
  return path;
}

const problemsOf = async (path: string, types = false): Promise<string> =>
  (await checkNotebooks({ files: [path], types })).map(({ problem }) => problem).join("\n");

const output = (text: string): object => ({ output_type: "stream", name: "stdout", text: [text] });

describe("checking a notebook", () => {
  it("finds nothing in one that is well", async () => {
    expect(await problemsOf(committed(["const n = 1;"]))).toBe("");
  });

  it.each([
    [
      "a cell id that stands twice",
      (cells: Record<string, unknown>[]) => Object.assign(cells[1]!, { id: "cell-1" }),
      "stands twice",
    ],
    ["a missing cell id", (cells: Record<string, unknown>[]) => delete cells[0]!.id, "cells.0.id"],
    [
      "an absolute path",
      (cells: Record<string, unknown>[]) => Object.assign(cells[0]!, { outputs: [output("in /home/someone/data")] }),
      "/home/someone/data",
    ],
    [
      "a key",
      (cells: Record<string, unknown>[]) => Object.assign(cells[0]!, { outputs: [output(`hf_${"a".repeat(30)}`)] }),
      "looks like a key",
    ],
    [
      "an error output",
      (cells: Record<string, unknown>[]) =>
        Object.assign(cells[0]!, { outputs: [{ output_type: "error", ename: "E", evalue: "x", traceback: [] }] }),
      "error output",
    ],
    [
      "the tag raises-exception",
      (cells: Record<string, unknown>[]) => Object.assign(cells[0]!, { metadata: { tags: ["raises-exception"] } }),
      "expectError",
    ],
    [
      "more than a megabyte",
      (cells: Record<string, unknown>[]) => Object.assign(cells[0]!, { outputs: [output("x".repeat(1_100_000))] }),
      "at most 1000000",
    ],
    [
      "colours",
      (cells: Record<string, unknown>[]) => Object.assign(cells[0]!, { outputs: [output("\u001b[31mred")] }),
      "normal form",
    ],
  ])("finds %s", async (_, edit, problem) => {
    const path = committed(["const n = 1;", "const m = 2;"], ({ cells }) => void edit(cells));
    expect(await problemsOf(path)).toContain(problem);
  });

  it("finds another kernel", async () => {
    expect(
      await problemsOf(committed(["const n = 1;"], (json) => (json.metadata = { kernelspec: { name: "python3" } }))),
    ).toContain("python3");
  });

  it("finds what tslab's loose compiler lets through, with its cell and line", async () => {
    const loose = "const words: string[] = [];\nconst first = (name?: string) => name.length;";
    const problems = await problemsOf(committed(["const n = 1;", loose]), true);
    expect(problems).toMatch(/cell 2 \(cell-2\), line 2: .*possibly 'undefined'/);
  }, 60_000);
});

describe("normal form", () => {
  it("is a fixed point", () => {
    const path = committed(["const n = 1;  \n\n"]);
    expect(normalForm(readNotebook(path))).toBe(readFileSync(path, "utf8"));
  });

  it("empties <time> elements, strips colours, joins a stream's pieces and drops editor metadata", () => {
    const path = writeNotebook(["1"]);
    const notebook = readNotebook(path);
    const stream = (text: string) => ({ output_type: "stream" as const, name: "stdout" as const, text });
    const cell = notebook.cells[0]!;
    if (cell.cell_type !== "code") throw new Error("a code cell was written");
    cell.outputs = [stream("\u001b[1ma"), stream("b\n<time>3 s</time>")];
    cell.metadata = { execution: { started: "now" }, tags: ["parameters"] };
    const json = JSON.parse(normalForm(notebook));
    expect(json.cells[0].outputs).toEqual([{ name: "stdout", output_type: "stream", text: ["ab\n", "<time></time>"] }]);
    expect(json.cells[0].metadata).toEqual({ tags: ["parameters"] });
  });
});
