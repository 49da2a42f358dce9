// The rows benchmark, small; its own figures come from `npm run bench -- rows`.
import { describe, expect, it } from "vitest";
import { benches } from "../../kernel-lib/src/bench/index.js";
import { type RowsRun, rowsBench } from "../../kernel-lib/src/bench/rows-bench.js";
import { InputError } from "../../kernel-lib/src/runtime/index.js";

const runOf = (flags: Record<string, string>) => rowsBench.run({ flags, say: () => {} });

describe("bench rows", { timeout: 120_000 }, () => {
  it("is known to the command", () => {
    expect(benches).toContain(rowsBench);
  });

  it("P11: a stream's memory does not grow with the rows, a gathered set's does", async () => {
    const { document, tables } = await runOf({ small: "2000", large: "60000", formats: "jsonl,parquet" });
    const { runs } = document as { runs: RowsRun[] };
    const growth = (writer: string, format: string, rows: number) =>
      runs.find((run) => run.writer === writer && run.format === format && run.rows === rows)!.growthBytes / 2 ** 20;
    const gathered = growth("whole", "alpaca", 60_000) - growth("whole", "alpaca", 2_000);
    expect(gathered).toBeGreaterThan(60);
    expect(growth("stream", "jsonl", 60_000) - growth("stream", "jsonl", 2_000)).toBeLessThan(gathered / 2);
    expect(growth("stream", "jsonl", 60_000)).toBeLessThan(64);
    expect(growth("stream", "parquet", 60_000)).toBeLessThan(192);
    expect(tables[0]!.rows).toHaveLength(6);
  });

  it.each([
    [{ small: "0" }, /--small 0; allowed: a whole number/],
    [{ small: "9", large: "3" }, /--small 9 --large 3; allowed: small ≤ large/],
    [{ formats: "csv" }, /--formats csv; allowed: alpaca/],
  ])("refuses %o", async (flags, message) => {
    await expect(runOf(flags)).rejects.toThrow(InputError);
    await expect(runOf(flags)).rejects.toThrow(message);
  });
});
