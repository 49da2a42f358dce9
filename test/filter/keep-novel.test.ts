import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keepNovel, rougeL, textLines } from "../../kernel-lib/src/filter/index.js";

const line = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 9 }).map((words) => words.join(" "));

describe("keepNovel", () => {
  it("P10: accounts for every line once, keeps the first of what is alike, and names the nearest kept line of each other", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 25 }), async (lines) => {
        const { kept, rejected } = await keepNovel({ lines, threshold: 0.6 });
        const numbers = [...kept, ...rejected.map((row) => row.line)].sort((a, b) => a - b);
        expect(numbers).toEqual(lines.map((_, number) => number));
        const score = (one: number, other: number): number => rougeL({ prediction: lines[one]!, target: lines[other]! }).f1;
        for (const { line: number, nearest, score: told } of rejected) {
          const earlier = kept.filter((other) => other < number);
          const best = Math.max(...earlier.map((other) => score(number, other)));
          expect(told).toBeGreaterThan(0.6);
          expect(told).toBeCloseTo(best, 12);
          expect(nearest).toBe(earlier.find((other) => Math.abs(score(number, other) - best) < 1e-12));
        }
      }),
    );
  });
});

describe("textLines", () => {
  const read = async (content: string): Promise<string[]> => {
    const path = join(mkdtempSync(join(tmpdir(), "selfspec-lines-")), "lines.txt");
    writeFileSync(path, content);
    const lines: string[] = [];
    for await (const text of textLines(path)) lines.push(text);
    return lines;
  };

  it("counts blank lines, takes both line ends, and needs no last one", async () => {
    expect(await read("one\r\n\ntwo\u2028still two\nthree")).toEqual(["one", "", "two\u2028still two", "three"]);
    expect(await read("one\n")).toEqual(["one"]);
    expect(await read("")).toEqual([]);
  });

  it("puts a line together that spans what is read at once", async () => {
    const long = "β".repeat(700_000);
    expect(await read(`${long}\n${long}`)).toEqual([long, long]);
  });
});
