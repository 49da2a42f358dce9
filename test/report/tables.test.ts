import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  differencesTable,
  formatPoints,
  formatSeconds,
  rejectedTable,
  renderHtml,
  renderMarkdown,
  renderTerminal,
  resultsTable,
  stagesTable,
  type Table,
  tableFromRecords,
  terminalStyle,
} from "../../kernel-lib/src/report/index.js";
import { exampleRun } from "./example-run.js";

const cellOf = (table: Table, row: number, label: string) =>
  table.rows[row]![table.columns.findIndex((column) => column.label === label)]!;
const labels = { base: "self − base", seeds: "self − seeds only" };

describe("results table", () => {
  const table = resultsTable(exampleRun);

  it("has a row a task and k, and an average row a k", () => {
    expect(table.rows.map((row) => `${row[0]!.text}/${row[2]!.text}`)).toEqual([
      "NCBI-disease/0",
      "PubMedQA (mini set)/0",
      "average/0",
      "NCBI-disease/1",
      "PubMedQA (mini set)/1",
      "average/1",
    ]);
  });

  it("carries the four systems with their intervals", () => {
    expect(
      ["trivial answer", "base", "LoRA, seeds only", "self-specialised"].map((label) => cellOf(table, 0, label).text),
    ).toEqual(["28.1 [23.1, 33.1]", "18.6 [14.6, 22.6]", "53.9 [47.9, 59.9]", "36.0 [29.5, 42.5]"]);
  });

  it("stars and sets bold a difference whose interval does not hold 0, a loss like a gain", () => {
    expect(cellOf(table, 0, labels.base)).toEqual({ text: "+17.4 [10.4, 24.4] *", strong: true });
    expect(cellOf(table, 0, labels.seeds)).toEqual({ text: "−17.9 [−24.9, −10.9] *", strong: true });
  });

  it("prints a null result plainly", () => {
    expect(cellOf(table, 1, labels.base)).toEqual({ text: "+0.1 [−6.9, 7.1]" });
  });

  it("averages the tasks without inventing an interval, and takes a filed average with its interval", () => {
    expect(cellOf(table, 2, "base").text).toBe("17.6");
    expect(cellOf(table, 2, labels.base).text).toBe("+8.8");
    const filed = { ...exampleRun.scores[1]!, taskId: "average", metric: "main", value: 17.6, ci: [14, 21] as [number, number] };
    expect(cellOf(resultsTable({ ...exampleRun, scores: [...exampleRun.scores, filed] }), 2, "base").text).toBe(
      "17.6 [14.0, 21.0]",
    );
  });

  it("leaves the average out where a task lacks the system", () => {
    const scores = exampleRun.scores.filter(({ taskId, system }) => taskId !== "pubmedqa" || system !== "seeds-only");
    expect(cellOf(resultsTable({ ...exampleRun, scores }), 2, "LoRA, seeds only").text).toBe("–");
  });

  it("warns of the mini set and names the deviations", () => {
    expect(table.footnotes.filter((note) => /mini set/.test(note))).toHaveLength(1);
    expect(table.footnotes).toContain("Differs from the paper: temperature 0.7 instead of 1.");
    const original = { ...exampleRun.origins.pubmedqa!, origin: "original" as const };
    const clean = resultsTable({ ...exampleRun, origins: { ...exampleRun.origins, pubmedqa: original } });
    expect(clean.footnotes.filter((note) => /mini set/.test(note))).toEqual([]);
  });

  it("shows every metric on request and only the main one otherwise", () => {
    const more = exampleRun.scores.map((score) => ({ ...score, metric: "rouge-l" }));
    const input = { ...exampleRun, scores: [...more, ...exampleRun.scores] };
    expect(resultsTable(input).rows).toEqual(table.rows);
    expect(resultsTable(input, { metrics: "all" }).rows).toHaveLength(8);
  });
});

describe("renderings", () => {
  it("aligns the terminal's columns and adds no escape codes without colour", () => {
    const text = renderTerminal(
      tableFromRecords("", [
        { name: "a", value: 1 },
        { name: "longer", value: 22 },
      ]),
      { colour: false },
    );
    expect(text).toBe("  name    value\n  a           1\n  longer     22\n");
  });

  it("colours only on a terminal and not under NO_COLOR", () => {
    expect(terminalStyle({ isTTY: true }, {}).colour).toBe(true);
    expect(terminalStyle({ isTTY: true }, { NO_COLOR: "1" }).colour).toBe(false);
    expect(terminalStyle({}, {}).colour).toBe(false);
    expect(renderTerminal(resultsTable(exampleRun), { colour: true })).toContain("+17.4 [10.4, 24.4] *\u001b[0m");
  });

  it("sets a table wider than the terminal in blocks that each name their rows", () => {
    const lines = renderTerminal({ ...resultsTable(exampleRun), footnotes: [] }, { colour: false, width: 100 }).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(lines.filter((line) => line.startsWith("  NCBI-disease")).length).toBe(
      2 * lines.filter((line) => line.startsWith("  task")).length,
    );
    expect(lines.join("\n")).toContain("+17.4 [10.4, 24.4] *");
  });

  it("keeps hostile cells inside their cell in Markdown and HTML", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const table = tableFromRecords("", [{ text: `<b>|${text}` }]);
        expect(renderMarkdown(table).trimEnd().split("\n")).toHaveLength(3);
        const document = renderHtml(table);
        expect(document.match(/<td/g)).toHaveLength(1);
        expect(document).not.toContain("<b>");
      }),
    );
  });

  it("takes the union of the records' keys and leaves missing values empty", () => {
    const table = tableFromRecords("", [{ a: 1 }, { b: [1], a: null }]);
    expect(table.columns.map(({ label }) => label)).toEqual(["a", "b"]);
    expect(table.rows.map((row) => row.map(({ text }) => text))).toEqual([
      ["1", ""],
      ["", "[1]"],
    ]);
  });

  it("rounds what is no whole number to five digits", () => {
    const table = tableFromRecords("", [{ n: 5.385164807 }, { n: 123456789 }]);
    expect(table.rows.map(([cell]) => cell!.text)).toEqual(["5.3852", "123456789"]);
  });

  it("writes points with one decimal, a true minus and no negative zero", () => {
    expect([-0.04, -12.35, 3, 0].map((value) => formatPoints(value, { sign: true }))).toEqual(["0.0", "−12.3", "+3.0", "0.0"]);
  });

  it("writes seconds as a person reads them", () => {
    expect([0.42, 48.4, 59.7, 187, 3725].map(formatSeconds)).toEqual(["0.4 s", "48 s", "1 min 00 s", "3 min 07 s", "1 h 02 min"]);
    expect(
      stagesTable(exampleRun)
        .rows.at(-1)!
        .map(({ text }) => text),
    ).toEqual(["in all", "4 min 39 s"]);
  });

  it("samples rejected rows over as many rules as there are", () => {
    const rules = rejectedTable(exampleRun).rows.map((row) => row[2]!.text);
    expect(rules).toEqual(["unparsed", "cut-off", "near-duplicate", "empty-output", "too-long"]);
  });
});

describe("the table of differences", () => {
  it("has a row a pair of systems and k, a column a task, and stars what holds", () => {
    const table = differencesTable(exampleRun);
    expect(table.columns.map(({ label }) => label)).toEqual(["system", "against", "k", "NCBI-disease", "PubMedQA"]);
    expect(table.rows[0]!.slice(0, 3).map(({ text }) => text)).toEqual(["self-specialised", "base", "0"]);
    expect(table.rows[0]![3]).toEqual({ text: "+17.4 [10.4, 24.4] *", strong: true });
  });
});
