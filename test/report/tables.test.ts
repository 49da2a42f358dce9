import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { averageMetric, averageTaskId, getTask } from "../../kernel-lib/src/evaluate/index.js";
import {
  cleanTable,
  detectableTable,
  differencesTable,
  formatPoints,
  formatSeconds,
  headlineSystem,
  loadPaperTables,
  paperTable,
  readingsTable,
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

/** Of any code points, halves of surrogate pairs too. fast-check's own `unit: "binary"` takes seconds to prepare. */
const anyText = fc.string({ unit: fc.nat(0x10ffff).map((point) => String.fromCodePoint(point)) });
const cellOf = (table: Table, row: number, label: string) =>
  table.rows[row]![table.columns.findIndex((column) => column.label === label)]!;
const labels = { base: "self-specialised − base", seeds: "self-specialised − LoRA, seeds only" };

describe("results table", () => {
  const table = resultsTable(exampleRun);

  it("has a row a task and k, and the averages at the end of each k", () => {
    expect(table.rows.map((row) => `${row[0]!.text}/${row[2]!.text}`)).toEqual([
      "NCBI-disease/0",
      "PubMedQA (mini set)/0",
      "NCBI-disease/1",
      "PubMedQA (mini set)/1",
    ]);
    const filed = exampleRun.scores
      .filter(({ taskId }) => taskId === "pubmedqa")
      .map((row) => ({ ...row, taskId: averageTaskId, metric: averageMetric, value: 17.6, ci: [14, 21] as [number, number] }));
    const averaged = resultsTable({ ...exampleRun, scores: [...filed, ...exampleRun.scores] });
    expect(averaged.rows.map((row) => row[0]!.text).filter((title) => title === "average")).toHaveLength(2);
    expect(averaged.rows[2]!.map(({ text }) => text).slice(0, 5)).toEqual(["average", "", "0", "40", "17.6 [14.0, 21.0]"]);
  });

  it("carries the systems with their intervals", () => {
    expect(
      ["trivial answer", "base", "LoRA, seeds only", "self-specialised"].map((label) => cellOf(table, 0, label).text),
    ).toEqual(["28.1 [23.1, 33.1]", "18.6 [14.6, 22.6]", "53.9 [47.9, 59.9]", "36.0 [29.5, 42.5]"]);
  });

  it("P5: stars and sets bold a difference that holds after correction, a loss like a gain", () => {
    expect(cellOf(table, 0, labels.base)).toEqual({ text: "+17.4 [10.4, 24.4] *", strong: true });
    expect(cellOf(table, 0, labels.seeds)).toEqual({ text: "−17.9 [−24.9, −10.9] *", strong: true });
  });

  it("P5: prints plainly what has no p-value, one above 0.05 after correction or an interval with 0, whatever its flag says", () => {
    expect(cellOf(table, 1, labels.base)).toEqual({ text: "+0.1 [−6.9, 7.1]" });
    const uncorrected = exampleRun.differences.map(({ pHolm: _, ...row }) => row);
    expect(cellOf(resultsTable({ ...exampleRun, differences: uncorrected }), 0, labels.base).strong).toBeUndefined();
    const many = exampleRun.differences.map((row) => ({ ...row, pHolm: 0.051 }));
    expect(cellOf(resultsTable({ ...exampleRun, differences: many }), 0, labels.base).strong).toBeUndefined();
    const wide = exampleRun.differences.map((row) => ({ ...row, ci: [-0.1, 34.9] as [number, number] }));
    expect(cellOf(resultsTable({ ...exampleRun, differences: wide }), 0, labels.base).strong).toBeUndefined();
  });

  it("compares the furthest adapter where none is called self-specialised", () => {
    const rename = <Row extends { system: string }>(row: Row): Row =>
      row.system === "self-specialised" ? { ...row, system: "round-2" } : row;
    const renamed = {
      ...exampleRun,
      scores: exampleRun.scores.map(rename),
      differences: exampleRun.differences.map(rename),
    };
    expect(cellOf(resultsTable(renamed), 0, "round 2 − base").text).toBe("+17.4 [10.4, 24.4] *");
    const third = renamed.scores.map((row) => (row.system === "round-2" ? { ...row, system: "round-3" } : row));
    expect(headlineSystem({ scores: [...renamed.scores, ...third] })).toBe("round-3");
  });

  it("leaves a cell empty where a task lacks the system", () => {
    const scores = exampleRun.scores.filter(({ taskId, system }) => taskId !== "pubmedqa" || system !== "seeds-only");
    expect(cellOf(resultsTable({ ...exampleRun, scores }), 1, "LoRA, seeds only").text).toBe("–");
  });

  it("shows documents beside items and the deviation over draws beside the interval, and explains both", () => {
    const scores = exampleRun.scores.map((row) => ({ ...row, clusters: 12, draws: [18, 20, 22] }));
    const shown = resultsTable({ ...exampleRun, scores });
    expect(cellOf(shown, 0, "n").text).toBe("40/12");
    expect(cellOf(shown, 0, "base").text).toBe("18.6 [14.6, 22.6] ±2.0");
    expect(shown.footnotes.join("\n")).toMatch(/items\/documents[\s\S]*3 draws/);
    expect(table.footnotes.join("\n")).not.toMatch(/documents;|draws of demonstrations/);
  });

  it("states the resamples, the seed, the test, and the family that was corrected", () => {
    const notes = table.footnotes.join("\n");
    expect(notes).toContain("10,000 resamples");
    expect(notes).toContain("run seed 1");
    expect(notes).toContain("by the paired bootstrap, corrected after Holm over the 8 comparisons");
    const exact = exampleRun.differences.map((row) => ({ ...row, test: "McNemar exact" as const }));
    expect(resultsTable({ ...exampleRun, differences: exact }).footnotes.join("\n")).toContain("McNemar's exact test (token-f1;");
  });

  it("warns of the mini set, passes notices on and names the deviations", () => {
    expect(table.footnotes.filter((note) => /mini set/.test(note))).toHaveLength(1);
    expect(table.footnotes).toContain("Differs from the paper: temperature 0.7 instead of 1.");
    const original = { ...exampleRun.origins.pubmedqa!, origin: "original" as const };
    const clean = resultsTable({
      ...exampleRun,
      origins: { ...exampleRun.origins, pubmedqa: original },
      notices: ["Two did not fit."],
    });
    expect(clean.footnotes.filter((note) => /mini set/.test(note))).toEqual([]);
    expect(clean.footnotes).toContain("Two did not fit.");
  });

  it("says below a table with intervals without width what they leave open, and nothing where there are none", () => {
    const flat = <Row extends { value: number; ci: [number, number] }>(row: Row): Row => ({ ...row, ci: [row.value, row.value] });
    const scores = exampleRun.scores.map((row, at) => (at === 0 ? flat(row) : at === 1 ? { ...flat(row), clusters: 10 } : row));
    const notes = (table: Table): string[] => table.footnotes.filter((note) => note.includes("rule of three"));
    const found = notes(resultsTable({ ...exampleRun, scores }));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain("25.9 % at n = 10, 7.2 % at n = 40");
    expect(notes(readingsTable({ ...exampleRun, scores }))).toHaveLength(1);
    const differences = exampleRun.differences.map(flat);
    expect(notes(differencesTable({ ...exampleRun, differences }))).toHaveLength(1);
    expect([table, readingsTable(exampleRun), differencesTable(exampleRun)].flatMap(notes)).toEqual([]);
  });

  it("shows every metric on request and only the main one otherwise, lenient and on all items", () => {
    const more = exampleRun.scores.map((score) => ({ ...score, metric: "rouge-l" }));
    const strict = exampleRun.scores.map((score) => ({ ...score, reading: "strict" as const, value: 1 }));
    const clean = exampleRun.scores.map((score) => ({ ...score, subset: "clean" as const, value: 2 }));
    const input = { ...exampleRun, scores: [...clean, ...strict, ...more, ...exampleRun.scores] };
    expect(resultsTable(input).rows).toEqual(table.rows);
    expect(resultsTable(input, { metrics: "all" }).rows).toHaveLength(8);
  });
});

describe("the tables beside it", () => {
  const strict = exampleRun.scores.map((score) => ({ ...score, reading: "strict" as const, value: 5, errors: 2 }));
  const clean = exampleRun.scores.map((score) => ({ ...score, subset: "clean" as const, value: score.value - 1, n: 38 }));
  const input = { ...exampleRun, scores: [...exampleRun.scores.map((row) => ({ ...row, errors: 2 })), ...strict, ...clean] };

  it("readings stand side by side with format failures and missing answers; a reading that was not scored has no column", () => {
    const table = readingsTable(input);
    expect(table.rows).toHaveLength(16);
    expect(cellOf(table, 1, "lenient").text).toBe("18.6 [14.6, 22.6]");
    expect(cellOf(table, 1, "strict").text).toMatch(/^5\.0 /);
    expect([cellOf(table, 1, "format failures").text, cellOf(table, 1, "no answer").text]).toEqual(["100%", "2"]);
    expect(table.columns.map(({ label }) => label)).not.toContain("likeliest label");
  });

  it("clean scores stand beside those of all items; without them the table is empty", () => {
    const table = cleanTable(input);
    expect(cellOf(table, 0, "n").text).toBe("40 → 38");
    expect(cellOf(table, 0, "base").text).toBe("18.6 → 17.6");
    expect(cellOf(table, 0, "self-specialised − base, all").text).toBe("+17.4 [10.4, 24.4] *");
    expect(cleanTable(exampleRun).rows).toEqual([]);
  });

  it("the paper's numbers stand beside ours at the paper's k, with their bars and what is inferred; elsewhere nothing does", () => {
    const atFive = <Row extends { k: number }>(row: Row): Row => ({ ...row, k: row.k === 1 ? 5 : row.k });
    const filed = exampleRun.scores
      .filter(({ taskId }) => taskId === "pubmedqa")
      .map((row) => ({ ...row, taskId: averageTaskId, metric: averageMetric }));
    const run = {
      ...exampleRun,
      scores: [...exampleRun.scores, ...filed].map(atFive),
      differences: exampleRun.differences.map(atFive),
    };
    const table = paperTable(run, loadPaperTables());
    expect(table.rows.map((row) => row.slice(0, 6).map(({ text }) => text))).toEqual([
      ["average", "0", "LLaMA-2-7B", "23.9", "36.2", "+12.4"],
      ["NCBI-disease", "5", "MPT-30B", "18.0†", "46.5†", "+28.6"],
      ["PubMedQA (mini set)", "5", "MPT-30B", "31.7†", "31.3†", "−0.4"],
      ["average", "5", "LLaMA-2-7B", "35.3 ±2.1", "48.7 ±0.9", "+13.4"],
    ]);
    expect(paperTable({ ...run, meta: { ...run.meta, domain: "finance" } }, loadPaperTables()).rows).toEqual([]);
  });

  it("what items can show stands in points, with the source of its spread", () => {
    const task = { ...getTask("ncbi-disease") };
    const items = Array.from({ length: 100 }, (_, index) => ({ id: `item-${index}`, input: "", gold: "none" }));
    const table = detectableTable({ parts: [{ task, items }], comparisonsPerTask: 1, shots: [0, 5] });
    expect(table.rows[0]!.map(({ text }) => text)).toEqual([
      `NCBI-disease, ${task.metrics[0]}`,
      "0, 5",
      "100",
      "19.8",
      "19.8",
      "70.7",
      "assumed: half of the items told apart",
    ]);
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
    const whole = renderTerminal(resultsTable(exampleRun), { colour: false, width: 100 });
    expect(Math.max(...whole.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    const lines = renderTerminal({ ...resultsTable(exampleRun), footnotes: [] }, { colour: false, width: 100 }).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(lines.filter((line) => line.startsWith("  NCBI-disease")).length).toBe(
      2 * lines.filter((line) => line.startsWith("  task")).length,
    );
    expect(lines.join("\n")).toContain("+17.4 [10.4, 24.4] *");
  });

  it("keeps hostile cells inside their cell in Markdown and HTML", () => {
    fc.assert(
      fc.property(anyText, (text) => {
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
  it("has a row a task and k, a column a pair of systems, corrected p-values, and stars what holds", () => {
    const table = differencesTable(exampleRun);
    expect(table.columns.map(({ label }) => label)).toEqual(["task", "k", labels.base, labels.seeds]);
    expect(table.rows.map((row) => `${row[0]!.text}/${row[1]!.text}`)).toHaveLength(4);
    expect(table.rows[0]![2]).toEqual({ text: "+17.4 [10.4, 24.4], p = 0.008 *", strong: true });
    expect(table.rows[1]![2]).toEqual({ text: "+0.1 [−6.9, 7.1], p = 1.000" });
  });
});
