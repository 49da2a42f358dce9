import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createNoveltyIndex, lcsWith, rougeL, rougeTokens } from "../../kernel-lib/src/filter/index.js";
import { InputError } from "../../kernel-lib/src/runtime/index.js";

/** Few distinct words, so that overlaps, repetitions and ties are common. */
const text = fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 12 }).map((words) => words.join(" "));

/** 2·LCS > 0.7·(m + n), in tenths. */
function tooClose(one: string, other: string): boolean {
  const [m, n] = [rougeTokens(one), rougeTokens(other)];
  return 20 * lcsWith(m)(n) > 7 * (m.length + n.length);
}

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
