import { describe, expect, it } from "vitest";
import { agreement, quantile, type RetrievalSide, retrievalTables } from "../../kernel-lib/src/bench/retrieval-tables.js";
import { benchPassage, benchQuery } from "../../kernel-lib/src/bench/retrieval-texts.js";

const side = (fields: Partial<RetrievalSide>): RetrievalSide => ({
  ...{ side: "selfspec", note: "one", buildSeconds: 10, peakBytes: 4e8, querySeconds: [0.002, 0.004, 0.012] },
  hits: [[["a", 2]], []],
  ...fields,
});
const other = side({ side: "bm25s", note: "two", buildSeconds: 5, peakBytes: 8e8, querySeconds: [0.001, 0.002, 0.003] });
const common = { passages: 100_000, queries: 3, top: 10, agreed: undefined, missing: undefined };

describe("the retrieval benchmark's table", () => {
  it("sets both sides beside each other with their ratio, and judges ours", () => {
    const [table] = retrievalTables({ ...common, sides: [side({ partPeakBytes: 3e8 }), other], agreed: 1 });
    expect(table!.rows.map((row) => row.map(({ text }) => text))).toEqual([
      ["build, s", "10.0", "5.0", "2.00"],
      ["passages/s", "10000", "20000", "0.50"],
      ["ms a query, median", "4.00", "2.00", "2.00"],
      ["ms a query, p95", "12.00", "3.00", "4.00"],
      ["peak memory, MB", "400", "800", "0.50"],
    ]);
    const notes = table!.footnotes.join("\n");
    expect(notes).toMatch(/build < 60 s: met; median query < 10 ms: met/);
    expect(notes).toMatch(/a fifth of the passages: 300 MB/);
    expect(notes).toMatch(/100\.0 % of the queries/);
  });

  it("says what was not measured, and that a bar was missed", () => {
    const slow = side({ buildSeconds: 61, peakBytes: undefined, querySeconds: [0.02] });
    const [table] = retrievalTables({ ...common, sides: [slow], missing: "bm25s was not measured: no Python" });
    expect(table!.rows.at(-1)!.map(({ text }) => text)).toEqual(["peak memory, MB", "not measured"]);
    expect(table!.footnotes.join("\n")).toMatch(/build < 60 s: not met; median query < 10 ms: not met[\s\S]*no Python/);
  });

  it("counts queries whose scores agree rank by rank, whatever the order of equal scores", () => {
    const hits = (first: string, score: number): RetrievalSide["hits"] => [[[first, score]], []];
    expect(agreement([side({}), other])).toBe(1);
    expect(agreement([side({}), { ...other, hits: hits("b", 2.00001) }])).toBe(1);
    expect(agreement([side({}), { ...other, hits: hits("a", 2.1) }])).toBe(0.5);
    expect(agreement([side({})])).toBeUndefined();
    expect(quantile([5, 1, 4, 2, 3], 0.95)).toBe(5);
    expect(quantile([5, 1, 4, 2, 3], 0.4)).toBe(2);
  });

  it("asks and holds the same in every run, with few words frequent and many rare", () => {
    expect(benchPassage(7)).toEqual(benchPassage(7));
    expect(benchPassage(7).text).not.toBe(benchPassage(8).text);
    const words = Array.from({ length: 300 }, (_, index) => benchPassage(index).text.split(" "));
    expect(words.every(({ length }) => length >= 20 && length <= 60)).toBe(true);
    const counts = new Map<string, number>();
    for (const word of words.flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
    const sorted = [...counts.values()].sort((a, b) => b - a);
    expect(sorted[0]! / words.flat().length).toBeGreaterThan(0.04);
    expect(sorted.filter((count) => count === 1).length / sorted.length).toBeGreaterThan(0.5);
    const lengths = Array.from({ length: 50 }, (_, index) => benchQuery(index).query.split(" ").length);
    expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([5, 15]);
  });
});
