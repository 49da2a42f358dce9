import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noveltyLines } from "../../kernel-lib/src/bench/novelty-lines.js";
import { createNoveltyIndex, lcsWith, rougeL, rougeTokens } from "../../kernel-lib/src/filter/index.js";
import { clock, InputError, projectRoot } from "../../kernel-lib/src/runtime/index.js";

/** Few distinct words, so that overlaps, repetitions and ties are common. */
const text = fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 12 }).map((words) => words.join(" "));

/** 2·LCS > 0.7·(m + n), in tenths. */
function tooClose(one: string, other: string): boolean {
  const [m, n] = [rougeTokens(one), rougeTokens(other)];
  return 20 * lcsWith(m)(n) > 7 * (m.length + n.length);
}

const thresholds = fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000);
const referencePath = join(projectRoot(), "..", "shared", "reference-cases", "rouge_l_cases.json");

describe("novelty index", () => {
  it("keeps and rejects exactly what comparing with every earlier kept text would, first come first kept", () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 30 }), (texts) => {
        const index = createNoveltyIndex();
        const kept: string[] = [];
        const expected: string[] = [];
        texts.forEach((candidate, position) => {
          if (index.test(candidate).breach === null) {
            index.add(String(position), candidate);
            kept.push(candidate);
          }
          if (!expected.some((earlier) => tooClose(candidate, earlier))) expected.push(candidate);
        });
        expect(kept).toEqual(expected);
      }),
    );
  });

  it("reports the highest ROUGE-L F1 of all and the first text that reaches it", () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), text, (texts, candidate) => {
        const index = createNoveltyIndex();
        texts.forEach((earlier, position) => {
          index.add(String(position), earlier);
        });
        const scores = texts.map((target) => rougeL({ prediction: candidate, target }).f1);
        const best = Math.max(...scores);
        const { nearestId, score } = index.nearest(candidate);
        expect(score).toBeCloseTo(best, 12);
        expect(nearestId).toBe(best === 0 ? null : String(scores.findIndex((other) => Math.abs(other - best) < 1e-12)));
      }),
    );
  });

  it("answers a breach as the nearest text of all gives it, at any threshold", () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 20 }), text, thresholds, (texts, candidate, threshold) => {
        const index = createNoveltyIndex({ threshold });
        texts.forEach((earlier, position) => {
          index.add(String(position), earlier);
        });
        const { nearest, breach } = index.test(candidate);
        expect(index.breach(candidate)).toEqual(breach);
        if (breach !== null) expect(breach).toEqual({ ...nearest, threshold });
        else expect(nearest.score).toBeLessThanOrEqual(threshold);
      }),
    );
  });

  it("aligns texts of more words than a machine word has bits", () => {
    const words = Array.from({ length: 100 }, (_, number) => `w${number}`);
    const index = createNoveltyIndex();
    index.add("long", words.join(" "));
    const every = (n: number): string => words.map((word, at) => (at % n === 0 ? `x${at}` : word)).join(" ");
    expect(index.nearest(every(4))).toEqual({ nearestId: "long", score: 0.75 });
    expect(index.nearest([...words].reverse().join(" "))).toEqual({ nearestId: "long", score: 0.01 });
  });

  it.skipIf(!existsSync(referencePath))(
    "scores as Google's rouge_score does (skipped where the reference cases are not there)",
    () => {
      const { cases } = JSON.parse(readFileSync(referencePath, "utf8")) as {
        cases: { prediction: string; target: string; nostem: { f: number } }[];
      };
      expect(cases.length).toBeGreaterThan(50);
      for (const { prediction, target, nostem } of cases) {
        const index = createNoveltyIndex();
        index.add("target", target);
        expect(index.nearest(prediction).score).toBeCloseTo(nostem.f, 9);
      }
    },
  );

  it("P10: compares few pairs: many times faster than all pairs on the same lines, with the same lines kept", () => {
    const lines = [...noveltyLines(1200)];
    const timed = (filter: () => number[]): { kept: number[]; took: number } => {
      const began = clock.elapsed();
      const kept = filter();
      return { kept, took: clock.elapsed() - began };
    };
    const allPairs = timed(() => {
      const kept: { number: number; tokens: string[] }[] = [];
      lines.forEach((line, number) => {
        const tokens = rougeTokens(line);
        const common = lcsWith(tokens);
        const close = kept.filter((other) => 20 * common(other.tokens) > 7 * (tokens.length + other.tokens.length));
        if (close.length === 0) kept.push({ number, tokens });
      });
      return kept.map(({ number }) => number);
    });
    const indexed = timed(() => {
      const index = createNoveltyIndex();
      return lines.flatMap((line, number) => {
        if (index.breach(line) !== null) return [];
        index.add(String(number), line);
        return [number];
      });
    });
    expect(indexed.kept).toEqual(allPairs.kept);
    expect(indexed.kept.length).toBeLessThan(1200);
    expect(allPairs.took).toBeGreaterThan(5 * indexed.took);
  });

  it("lets a score of exactly the threshold pass", () => {
    const index = createNoveltyIndex({ threshold: 0.7 });
    index.add("seed", "a b c d e f g h i j");
    expect(index.test("a b c d e f g x y z")).toEqual({ breach: null, nearest: { nearestId: "seed", score: 0.7 } });
    expect(index.test("a b c d e f g h y z").breach).toEqual({ score: 0.8, threshold: 0.7, nearestId: "seed" });
  });

  it("finds nothing near in an empty index", () => {
    expect(createNoveltyIndex().nearest("a text")).toEqual({ nearestId: null, score: 0 });
  });

  it.each([-0.1, 1.2, 0.70001, Number.NaN])("refuses the threshold %s", (threshold) => {
    expect(() => createNoveltyIndex({ threshold })).toThrow(InputError);
  });
});
