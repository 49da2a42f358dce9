// The tables of the generation notebook, cell by cell.
import { describe, expect, it } from "vitest";
import { presets } from "../../kernel-lib/src/generate/index.js";
import {
  agreementTable,
  changesTable,
  forecastTable,
  kindsTable,
  knobsTable,
  passagesTable,
  subsetsTable,
  type Table,
  traceTable,
  verdictsTable,
  whatIfTable,
} from "../../kernel-lib/src/report/index.js";
import { loadSeeds } from "../../kernel-lib/src/seeds/index.js";

const records = ({ columns, rows }: Table): Record<string, string>[] =>
  rows.map((row) => Object.fromEntries(row.map((cell, index) => [columns[index]!.label, cell.text])));

describe("seed tables", () => {
  const seeds = loadSeeds({ domain: "biomedicine" });

  it("count every kind once and every seed once", () => {
    const rows = records(kindsTable(seeds));
    expect(rows.reduce((sum, row) => sum + Number(row["seeds of each"]) * Number(row.kinds), 0)).toBe(seeds.length);
    expect(rows.flatMap((row) => row["task kinds"]!.split(", ")).sort()).toEqual(
      [...new Set(seeds.map(({ task }) => task))].sort(),
    );
  });

  it("say of each subset whether it holds the one above", () => {
    const rows = records(subsetsTable(seeds, { counts: [5, 10, 7], runSeed: 1 }));
    expect(rows.map((row) => row["holds the one above"])).toEqual(["", "yes", "no"]);
  });
});

describe("knobs", () => {
  it("have a row each, with the values of both stages", () => {
    const rows = records(knobsTable(presets.nearest));
    expect(rows.find(({ knob }) => knob === "temperature")).toEqual({ knob: "temperature", instructions: "0.6", responses: "0" });
    expect(rows.find(({ knob }) => knob === "noveltyThreshold")).toMatchObject({ instructions: "0.7", responses: "" });
    const knobs = new Set([...Object.keys(presets.nearest.instructions), ...Object.keys(presets.nearest.responses)]);
    expect(rows).toHaveLength(knobs.size);
  });
});

describe("the forecast", () => {
  const stage = {
    stage: "instructions",
    calls: { low: 96, high: 96 },
    promptTokens: { low: 1000, high: 2000 },
    completionTokens: { low: 10, high: 20 },
  };

  it("prints a range, and that the embedded model takes no money", () => {
    const table = forecastTable({ stages: [stage], minutes: 2.5, payee: null, currency: null });
    expect(records(table)[0]).toMatchObject({ calls: "96", "prompt tokens": "1,000 to 2,000" });
    expect(table.footnotes).toEqual([
      "Time: about 2 min 30 s, scaled from a finished run on this machine.",
      "Money: none, the model is embedded.",
    ]);
  });

  it("prints money where there are prices, and does not guess it or the time where there are none", () => {
    const paid = { ...stage, money: { low: 0.5, high: 2 } };
    const priced = forecastTable({ stages: [paid], minutes: null, payee: "http://127.0.0.1:1/v1", currency: "EUR" });
    expect(records(priced)[0]!.money).toBe("0.5000 EUR to 2.00 EUR");
    expect(priced.footnotes).toHaveLength(1);
    const unpriced = forecastTable({ stages: [stage], minutes: null, payee: "http://127.0.0.1:1/v1", currency: null });
    expect(unpriced.footnotes.join(" ")).toMatch(/unknown.*as http:\/\/127\.0\.0\.1:1\/v1 charges/);
  });
});

describe("verdicts", () => {
  const rejection = (id: string, rule: string, more: object = {}) => ({
    ...{ id, stage: "instructions", rule, row: { instruction: `Do ${id}.`, input: null } },
    ...more,
  });

  it("show each rule once before any twice, those that measure first, with score and threshold", () => {
    const near = { score: 0.8123, threshold: 0.7, nearestId: "bio-001" };
    const rows = records(
      verdictsTable(
        [
          rejection("a", "cut-off"),
          rejection("b", "near-duplicate", near),
          rejection("c", "near-duplicate", near),
          rejection("d", "no-input"),
        ],
        { rows: 3 },
      ),
    );
    expect(rows.map(({ id }) => id)).toEqual(["b", "a", "d"]);
    expect(rows[0]).toMatchObject({ score: "0.81", threshold: "0.70", nearest: "bio-001", instruction: "Do b.", input: "" });
  });
});

describe("what if", () => {
  it("has columns for the rules that move, one sentence for the others, and marks the stage's own value", () => {
    const row = (value: number, kept: number, novel: number) => ({
      ...{ knob: "noveltyThreshold", value },
      ledger: { stage: "instructions", in: 20, kept, rejected: { "near-duplicate": novel, "cut-off": 3 }, failed: 0 },
    });
    const table = whatIfTable([row(0.5, 7, 10), row(0.7, 17, 0)], { noveltyThreshold: 0.7 });
    expect(records(table).map(({ value, kept, "near-duplicate": novel }) => [value, kept, novel])).toEqual([
      ["0.5", "7", "10"],
      ["0.7 (as it was)", "17", "0"],
    ]);
    expect(table.footnotes).toEqual(["In every row also 3 cut-off."]);
  });
});

describe("answers", () => {
  it("are binned by agreement, full agreement in the last bin, rows without it left out", () => {
    const rows = records(
      agreementTable([{ agreement: 1, sample: 0 }, { agreement: 0.9, sample: 2 }, { agreement: 0.1, sample: 1 }, {}]),
    );
    expect(rows.map((row) => [row.rows, row["the first sample was kept"]])).toEqual([
      ["1", "0"],
      ["0", "0"],
      ["0", "0"],
      ["0", "0"],
      ["2", "1"],
    ]);
  });

  it("of two settings are counted as the same, changed, gained and lost", () => {
    const [row] = records(
      changesTable([{ setting: "s", sameInstructions: false, same: 4, changed: [1, 2], gained: ["a"], lost: [] }], {
        against: "the first",
      }),
    );
    expect(Object.values(row!)).toEqual(["s", "others", "4", "2", "1", "0"]);
  });

  it("name passages by id, rank and score, never by their text", () => {
    const passages = [
      { id: "p-1", rank: 1, score: 7.125 },
      { id: "p-2", rank: 2, score: 3 },
    ];
    const table = passagesTable([
      { instructionId: "task-0001", passages, passageUse: 0.25 },
      { instructionId: "task-0002", passages: [passages[1]!], passageUse: 0 },
      { instructionId: "task-0003" },
    ]);
    expect(records(table).map((row) => Object.values(row).join(" "))).toEqual([
      "task-0001 1 p-1 7.13 0.25",
      "task-0001 2 p-2 3.00 ",
      "task-0002 2 p-2 3.00 ",
    ]);
    expect(table.footnotes[0]).toContain("above 0 in 1 of 2 answers");
  });
});

describe("a trace", () => {
  const prompt = {
    name: "instructions-v1",
    promptHash: "ab",
    text: "…",
    demonstrations: [],
    passages: [],
    raw: "",
    finishReason: "stop",
  };
  const trace = {
    ...{ id: "task-0001", task: null, seeds: [], novelty: null, rejections: [], triple: null, responsePrompt: null },
    state: "failed" as const,
  };

  it("says that the prompt's bytes were sent only where the hash agrees", () => {
    const line = (instructionPrompt: typeof prompt & { verified: boolean; problem: string | null }) =>
      records(traceTable({ ...trace, instructionPrompt })).find(({ what }) => what === "  rendered again")![""];
    expect(line({ ...prompt, verified: true, problem: null })).toContain("these bytes were sent");
    expect(line({ ...prompt, verified: false, problem: "another hash" })).toBe("another hash");
  });
});
