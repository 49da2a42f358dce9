import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readNotebook, runNotebook, runNotebooks } from "../../kernel-lib/src/notebook/index.js";
import { InputError, StoppedError } from "../../kernel-lib/src/runtime/index.js";
import { builtNotebookRoom, builtReportRoom, scratchFolder, writeNotebook } from "./example-notebook.js";

const limit = 60_000;

describe("running a notebook", { timeout: limit }, () => {
  it("keeps each cell's outputs, counts the cells and passes values on", async () => {
    const run = await runNotebook({
      path: writeNotebook(["const state = { n: 2 };", "console.log(state.n + 1);", "state.n * 21"]),
    });
    expect(run.failed).toBeUndefined();
    const cells = run.notebook.cells.flatMap((cell) => (cell.cell_type === "code" ? cell : []));
    expect(cells.map(({ execution_count }) => execution_count)).toEqual([1, 2, 3]);
    expect(cells.map(({ outputs }) => outputs)).toEqual([
      [],
      [{ output_type: "stream", name: "stdout", text: "3\n" }],
      [{ output_type: "stream", name: "stdout", text: "42\n" }],
    ]);
  });

  it("stops at the first cell that throws and names it with its source", async () => {
    const path = writeNotebook(["const a = 1;", 'throw new Error("broken on purpose");', 'console.log("never");']);
    const before = readFileSync(path, "utf8");
    const [outcome] = await runNotebooks({ files: [path], write: true });
    expect(outcome).toMatchObject({
      ok: false,
      failed: { number: 2, id: "cell-2", source: 'throw new Error("broken on purpose");' },
    });
    expect(outcome!.failed!.reason).toContain("broken on purpose");
    expect(JSON.stringify(outcome!.notebook)).not.toContain('"text":"never');
    expect(readFileSync(path, "utf8")).toBe(before);
  });

  it.each([
    ["a type error", 'const n: number = "text";', "not assignable"],
    ["a promise nobody waits for", 'void Promise.reject(new Error("adrift"));', "adrift"],
    ["a timer that throws", 'setTimeout(() => { throw new Error("late"); }, 20);', "late"],
    ["a process that ends", "process.exit(3);", "exit code 3"],
  ])("fails on %s", async (_, source, reason) => {
    const run = await runNotebook({ path: writeNotebook([source]) });
    expect(run.ok).toBe(false);
    expect(run.failed!.reason).toContain(reason);
  });

  it("kills a cell that outlives the limit", async () => {
    const run = await runNotebook({
      path: writeNotebook(["await new Promise(() => setInterval(() => {}, 1000));"]),
      timeoutSeconds: 6,
    });
    expect(run.failed).toMatchObject({ number: 1, reason: "still running after 6 s" });
  });

  it("stops when aborted", async () => {
    const signal = AbortSignal.timeout(1500);
    const path = writeNotebook(["await new Promise(() => setInterval(() => {}, 1000));"]);
    await expect(runNotebook({ path, signal })).rejects.toThrow(StoppedError);
  });

  it("gives parameters to the cells by the environment", async () => {
    const cell = `import { notebookParams } from "${builtNotebookRoom}";\nconsole.log(notebookParams({ size: "quick" }).size);`;
    const run = await runNotebook({ path: writeNotebook([cell]), env: { SELFSPEC_SIZE: "smoke" } });
    expect(run.notebook.cells[0]).toMatchObject({ outputs: [{ text: "smoke\n" }] });
  });

  it("does not mind that a file its cells import is written again meanwhile", async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, "words.ts"), "export const word = 1;\n");
    const path = writeNotebook(
      [
        'import { word } from "./words";\nimport { writeFileSync } from "node:fs";',
        'writeFileSync("words.ts", "export const word = 2;\\n");\nawait new Promise((resolve) => setTimeout(resolve, 1500));',
        "console.log(word);",
      ],
      folder,
    );
    const run = await runNotebook({ path, timeoutSeconds: 30 });
    expect(run.failed).toBeUndefined();
    expect(run.notebook.cells[2]).toMatchObject({ outputs: [{ text: "1\n" }] });
  });

  it("refuses a file that is no notebook", async () => {
    await expect(runNotebook({ path: "/does/not/exist.ipynb" })).rejects.toThrow(InputError);
  });
});

describe("what cells show", { timeout: limit }, () => {
  it("is a table as HTML and text, a figure as one bundle, progress as one output that changes, an error as a line", async () => {
    const path = writeNotebook([
      [
        `import { expectError, show, showFigure, showProgress } from "${builtNotebookRoom}";`,
        `import { lossCurve } from "${builtReportRoom}";`,
        'show([{ name: "a", value: 1 }]);',
      ].join("\n"),
      'await showFigure(lossCurve([{ system: "base", points: [] }]), { name: "empty-curve" });',
      [
        "const onProgress = showProgress();",
        'onProgress({ stage: "lora", state: "started", seconds: 0 });',
        'onProgress({ stage: "lora", state: "running", done: 1, total: 2, unit: "steps", seconds: 1 });',
        'onProgress({ stage: "lora", state: "finished", seconds: 2.5 });',
      ].join("\n"),
      'await expectError(() => { throw new TypeError("as expected"); });',
    ]);
    const [outcome] = await runNotebooks({ files: [path], write: true });
    expect(outcome!.failed).toBeUndefined();
    const outputs = readNotebook(path).cells.map((cell) => (cell.cell_type === "code" ? cell.outputs : []));
    expect(outputs.map((each) => each.length)).toEqual([1, 1, 1, 1]);
    const data = outputs.map((each) => (each[0]?.output_type === "display_data" ? each[0].data : {}));
    expect(data.map((each) => Object.keys(each))).toEqual([
      ["text/html", "text/plain"],
      ["application/vnd.plotly.v1+json", "image/png", "text/plain"],
      ["text/html", "text/plain"],
      ["text/plain"],
    ]);
    expect(data[2]!["text/plain"]).toEqual(["✓  lora  1/2 steps"]);
    expect(JSON.stringify(data[2]!["text/html"])).toContain("<time></time>");
    expect(data[3]!["text/plain"]).toEqual(["TypeError: as expected"]);
  });
});

describe("writing and checking again", { timeout: limit }, () => {
  it("writes the same bytes twice and finds no difference; a changed output is found", async () => {
    const path = writeNotebook(['console.log("run at 2026-01-02 03:04 UTC");', "console.log(1);\nconsole.log(2);"]);
    await runNotebooks({ files: [path], write: true });
    const first = readFileSync(path, "utf8");
    const [again] = await runNotebooks({ files: [path], write: true, check: true });
    expect(again).toMatchObject({ ok: true, differences: [] });
    expect(readFileSync(path, "utf8")).toBe(first);
    const changed = writeNotebook(["console.log(1);"]);
    const [outcome] = await runNotebooks({ files: [changed], check: true });
    expect(outcome).toMatchObject({ ok: false, differences: [expect.stringContaining("cell 1")] });
  });
});
