// The tables and the figure of the data set notebook.
import { describe, expect, it } from "vitest";
import { datasetsTable, originsTable, type Table, whatIfFigure } from "../../kernel-lib/src/report/index.js";
import { plotlyValidator } from "./plotly-validator.js";

const records = ({ columns, rows }: Table): Record<string, string>[] =>
  rows.map((row) => Object.fromEntries(row.map((cell, index) => [columns[index]!.label, cell.text])));

const ledger = (stage: string, asked: number, kept: number) => ({
  stage,
  in: asked,
  kept,
  rejected: { "cut-off": asked - kept },
  failed: 0,
});

describe("data sets beside each other", () => {
  it("have a column each and a line a measure", () => {
    const triple = {
      ...{ id: "task-1", instruction: "Is it so? Answer yes or no.", input: "It is.", output: "yes" },
      lineage: { seedIds: [], instructionId: null, passageIds: [], round: 1 },
    };
    const set = (label: string, count: number) => ({
      ...{ label, domain: "finance", model: "a model", date: null },
      triples: Array.from({ length: count }, () => triple),
      ledgers: { instructions: ledger("instructions", 8, 4), responses: ledger("responses", 4, count) },
    });
    const lines = records(datasetsTable([set("one", 1), set("two", 2)]));
    const line = (name: string) => lines.find((record) => record[""] === name);
    expect(line("rows")).toEqual({ "": "rows", one: "1", two: "2" });
    expect(line("answers kept")).toMatchObject({ one: "1 of 4 (25 %)", two: "2 of 4 (50 %)" });
    expect(line("closed answers")).toMatchObject({ two: "2" });
    expect(line("made on")).toMatchObject({ one: "" });
  });
});

describe("a row's origins", () => {
  it("are listed by id below the row, and say of each prompt whether its bytes are proved", () => {
    const shown = [{ id: "bio-001", task: "yes-no-question", instruction: "Is it?", input: "It is.", output: "yes" }];
    const prompt = (asked: string, verified: boolean | null) => ({
      asked,
      file: "p-v1",
      promptHash: "ab".repeat(32),
      verified,
      shown,
    });
    const table = originsTable({
      ...{ id: "task-1", instruction: "Do.", input: "", output: "done" },
      novelty: { nearestId: "bio-001", score: 0.25 },
      prompts: [prompt("instruction", true), prompt("answer", false), prompt("other", null)],
    });
    expect(records(table).map(({ what, id }) => `${what}: ${id}`)).toEqual([
      "the row: task-1",
      "shown for the instruction: bio-001",
      "shown for the answer: bio-001",
      "shown for the other: bio-001",
    ]);
    expect(table.footnotes[0]).toBe("Nearest before it: bio-001, ROUGE-L 0.25.");
    expect(table.footnotes.slice(1).map((note) => note.replace(/^.*?: /, ""))).toEqual([
      "rendered again, the same hash: these bytes were sent.",
      "rendered again, another hash.",
      "cannot be rendered again: not all that it showed is at hand.",
    ]);
  });
});

describe("the what-if figure", () => {
  it("is valid Plotly, in the order of the values, its own marked", () => {
    const row = (value: number, kept: number) => ({ knob: "noveltyThreshold", value, ledger: ledger("instructions", 20, kept) });
    const figure = whatIfFigure([row(0.7, 17), row(0.5, 9)], { axis: "ROUGE-L threshold", own: 0.7 });
    expect(plotlyValidator()(figure)).toEqual([]);
    expect(figure.data[0]).toMatchObject({ x: [0.5, 0.7], y: [9, 17], text: ["9", "17"] });
    expect(JSON.stringify(figure.layout)).toContain("threshold 0.7");
  });
});
