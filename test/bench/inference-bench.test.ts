// The table of the inference benchmark; its own figures come from `npm run bench -- inference`.
import { describe, expect, it } from "vitest";
import { benches } from "../../kernel-lib/src/bench/index.js";
import { inferenceBench } from "../../kernel-lib/src/bench/inference-bench.js";
import { type InferenceRow, inferenceFigures, inferenceTable } from "../../kernel-lib/src/bench/inference-tables.js";

const shape = { name: "decode, batch 8", sequences: 8, promptWords: 8, tokens: 64, counted: "generated" } as const;
const row = (ours: number[], theirs: number[]): InferenceRow => ({ shape, ours, theirs });
const tableOf = (...rows: InferenceRow[]) => inferenceTable({ title: "t", rows, notes: ["a note"] });

describe("bench inference", () => {
  it("is known to the command", () => {
    expect(benches).toContain(inferenceBench);
  });

  it("compares best round with best round, and median with median", () => {
    expect(inferenceFigures(row([80, 20, 90], [100, 60, 50]))).toEqual({
      ours: 90,
      theirs: 100,
      ratio: 0.9,
      medianRatio: 80 / 60,
    });
  });

  it("judges the bar over all shapes", () => {
    expect(tableOf(row([80], [100]), row([99], [100])).footnotes.join("\n")).toMatch(/at least 0\.8: met\./);
    expect(tableOf(row([79], [100]), row([99], [100])).footnotes.join("\n")).toMatch(/not met by 1 of 2/);
  });

  it("says of a side that was not measured that it was not", () => {
    const table = tableOf(row([79], []));
    expect(table.rows[0]!.map(({ text }) => text)).toEqual(["decode, batch 8", "79", "not measured", "", ""]);
    expect(table.footnotes.join("\n")).not.toMatch(/Bar/);
  });

  it.each([
    [{ sides: "vllm" }, /--sides vllm; allowed: selfspec, llama\.cpp/],
    [{ flash: "on" }, /--flash on; allowed: auto, off/],
    [{ threads: "none" }, /--threads none; allowed: a whole number/],
  ])("refuses %j before anything is measured", async (flags, message) => {
    await expect(inferenceBench.run({ flags, say: () => {} })).rejects.toThrow(message);
  });
});
