import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lcsWith, porterStem, rougeL, rougeTokens } from "../../kernel-lib/src/filter/index.js";

/** The textbook table, the definition that the bit counting must agree with. */
function plainLcs(a: readonly string[], b: readonly string[]): number {
  let above = new Array<number>(b.length + 1).fill(0);
  for (const left of a) {
    const row = [0];
    b.forEach((right, j) => {
      row.push(left === right ? above[j]! + 1 : Math.max(above[j + 1]!, row[j]!));
    });
    above = row;
  }
  return above[b.length]!;
}

describe("ROUGE-L", () => {
  test("the common subsequence counted in bits is as long as the plain table's, over word borders of the bit rows", () => {
    const words = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 100 });
    fc.assert(
      fc.property(words, words, (a, b) => lcsWith(a)(b) === plainLcs(a, b)),
      { numRuns: 300 },
    );
  });

  test("a prepared list may be compared again and again", () => {
    const compare = lcsWith(["x", "y", "z"]);
    expect([compare(["x", "z"]), compare([]), compare(["x", "z"])]).toEqual([2, 0, 2]);
  });

  test("precision is over the prediction's words and recall over the target's", () => {
    const score = rougeL({ prediction: "liver and lung", target: "the lung, the liver and the lung" });
    expect(score.precision).toBe(1);
    expect(score.recall).toBeCloseTo(3 / 7, 12);
    expect(score.f1).toBeCloseTo(0.6, 12);
  });

  test("two empty texts score 0", () => {
    expect(rougeL({ prediction: "", target: "…" })).toEqual({ precision: 0, recall: 0, f1: 0 });
  });

  test("everything but a-z and 0-9 separates words, and only words over three letters are stemmed", () => {
    expect(rougeTokens("IL-6, β-cells: genes was", { stem: true })).toEqual(["il", "6", "cell", "gene", "was"]);
    expect(rougeTokens("genes")).toEqual(["genes"]);
  });
});

describe("Porter's stemmer", () => {
  test.each([
    ["relational", "relat"],
    ["ponies", "poni"],
    ["hopping", "hop"],
    ["filing", "file"],
    ["happy", "happi"],
    ["vietnamization", "vietnam"],
    ["controll", "control"],
  ])("stems %s to %s", (word, stem) => {
    expect(porterStem(word)).toBe(stem);
  });

  test.each([
    ["dies", "die"],
    ["died", "die"],
    ["spied", "spi"],
    ["enjoy", "enjoy"],
    ["skies", "sky"],
    ["etiologically", "etiolog"],
    ["as", "as"],
  ])("follows NLTK's extensions for %s", (word, stem) => {
    expect(porterStem(word)).toBe(stem);
  });
});
