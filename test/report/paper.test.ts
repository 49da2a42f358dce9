import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findPaperValue, loadPaperTable, paperTableIds } from "../../kernel-lib/src/report/index.js";
import { InputError } from "../../kernel-lib/src/runtime/index.js";

describe("the paper's numbers", () => {
  it("load, each value with its source", () => {
    const counts = paperTableIds.map((id) => loadPaperTable(id).values.length);
    expect(counts).toEqual([66, 18, 2, 50]);
  });

  it("agree with their printed averages to 0.01", () => {
    const table = loadPaperTable("biomedicine-30b");
    for (const model of new Set(table.values.map((value) => value.model))) {
      const values = table.values
        .filter((value) => value.model === model && value.dataset !== "average of 10")
        .map(({ value }) => value);
      expect(values).toHaveLength(10);
      const mean = values.reduce((sum, value) => sum + value, 0) / 10;
      const printed = findPaperValue(table, { model, dataset: "average of 10", k: 5 })!.value;
      expect(Math.abs(mean - printed)).toBeLessThan(0.0101);
    }
  });

  it("say that the 30B chart's k is inferred and that bars were measured in pixels", () => {
    expect(loadPaperTable("biomedicine-30b").values.every(({ inferred }) => inferred?.includes("k"))).toBe(true);
    const bars = loadPaperTable("biomedicine-7b").values.flatMap(({ bar }) => bar ?? []);
    expect(bars).toHaveLength(12);
    expect(new Set(bars.map(({ origin }) => origin))).toEqual(new Set(["measured in pixels"]));
  });

  it("are refused when an inferred field has no reason, or when the file is missing", () => {
    const directory = mkdtempSync(join(tmpdir(), "paper-"));
    const value = { model: "m", dataset: "d", k: 5, metric: "F1", value: 1, source: "POSTER", inferred: ["k"] };
    const table = { id: "biomedicine-7b", title: "t", domain: "biomedicine", note: "", inferences: {}, values: [value] };
    writeFileSync(join(directory, "biomedicine-7b.json"), JSON.stringify(table));
    expect(() => loadPaperTable("biomedicine-7b", directory)).toThrow(/inferences/);
    expect(() => loadPaperTable("self-moe", directory)).toThrow(InputError);
  });
});
