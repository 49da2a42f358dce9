import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { differingLines, noveltyBench } from "../../kernel-lib/src/bench/novelty-bench.js";
import { noveltyLines } from "../../kernel-lib/src/bench/novelty-lines.js";
import { rougeTokens } from "../../kernel-lib/src/filter/index.js";
import { cacheDirectory, InputError } from "../../kernel-lib/src/runtime/index.js";

describe("lines for the novelty bench", () => {
  it("are the same every time, and the first of a longer list are the shorter list", () => {
    expect([...noveltyLines(200)].slice(0, 50)).toEqual([...noveltyLines(50)]);
    expect([...noveltyLines(5, 1)]).not.toEqual([...noveltyLines(5, 2)]);
  });

  it("are as long as instructions with their inputs, and some are near others", () => {
    const lengths = [...noveltyLines(500)].map((line) => rougeTokens(line).length).sort((a, b) => a - b);
    expect(lengths[250]).toBeGreaterThan(14);
    expect(lengths[250]).toBeLessThan(28);
  });
});

describe("bench novelty", () => {
  const run = (flags: Record<string, string | boolean>) => noveltyBench.run({ flags, say: () => {} });

  it("measures our side alone, every pair counted", async () => {
    const { document, tables } = await run({ sides: "ours", lines: "300", nearest: true, minhash: true });
    const { ours } = document as { ours: { lines: number; kept: number; pairs: number }[] };
    const [{ lines, kept, pairs }] = ours as [(typeof ours)[number]];
    expect(lines).toBe(300);
    expect(kept).toBeLessThan(300);
    expect(pairs).toBeGreaterThan((kept * (kept - 1)) / 2);
    expect(pairs).toBeLessThan((300 * 299) / 2);
    expect(tables[0]!.rows).toHaveLength(1);
  });

  it.skipIf(!existsSync(cacheDirectory("bench", "rouge", "selfspec.json")))(
    "keeps the lines that Python's rouge_score keeps, after as many pairs (skipped where its environment was not made)",
    { timeout: 60_000 },
    async () => {
      const { document } = await run({ lines: "120", pythonLines: "120" });
      const { ours, python, ratio } = document as { ours: { pairs: number }[]; python: { pairs: number }; ratio: number };
      expect(document).toMatchObject({ differing: [] });
      expect(python.pairs).toBe(ours[0]!.pairs);
      expect(ratio).toBeGreaterThan(1);
    },
  );

  it("names the lines that one side alone keeps", () => {
    expect(differingLines([0, 1, 3], [0, 2, 3])).toEqual([1, 2]);
  });

  it("refuses a number of lines that is none", async () => {
    await expect(run({ lines: "many" })).rejects.toThrow(InputError);
  });
});
