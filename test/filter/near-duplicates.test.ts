import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createNearDuplicateIndex, createNoveltyIndex } from "../../kernel-lib/src/filter/index.js";
import { InputError } from "../../kernel-lib/src/runtime/index.js";

const text = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 12 }).map((words) => words.join(" "));
const shinglesOf = (of: string, length: number): Set<string> => {
  const words = of.split(" ").filter(Boolean);
  const size = Math.min(length, words.length);
  return new Set(size === 0 ? [] : words.slice(size - 1).map((_, at) => words.slice(at, at + size).join(" ")));
};
const jaccard = (one: Set<string>, other: Set<string>): number => {
  const shared = [...one].filter((shingle) => other.has(shingle)).length;
  return shared === 0 ? 0 : shared / (one.size + other.size - shared);
};
const sentences = [
  "the nurse measured the pressure twice",
  "the dose was halved after two days",
  "no other drug was given to her",
];

describe("near-duplicates by shingles", () => {
  it("never drops a text whose Jaccard similarity is within the threshold, and tells the similarity of what it drops", () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 15 }), text, (texts, candidate) => {
        const index = createNearDuplicateIndex({ shingle: 2, threshold: 0.5 });
        texts.forEach((earlier, position) => {
          index.add(String(position), earlier);
        });
        const breach = index.breach(candidate);
        if (breach === null) return;
        const score = jaccard(shinglesOf(candidate, 2), shinglesOf(texts[Number(breach.nearestId)]!, 2));
        expect(score).toBeGreaterThan(0.5);
        expect(breach).toMatchObject({ score, threshold: 0.5 });
      }),
    );
  });

  it("finds every text again, and one that has the same shingles but for a few", () => {
    const index = createNearDuplicateIndex();
    const texts = Array.from({ length: 200 }, (_, number) => Array.from({ length: 30 }, (_, at) => `w${number}x${at}`).join(" "));
    texts.forEach((earlier, number) => {
      index.add(String(number), earlier);
    });
    texts.forEach((earlier, number) => {
      expect(index.breach(earlier)).toEqual({ score: 1, threshold: 0.7, nearestId: String(number) });
      expect(index.breach(`${earlier} and more`)?.nearestId).toBe(String(number));
    });
  });

  it("sees moved sentences that ROUGE-L does not, and not the scattered changes that ROUGE-L sees", () => {
    const text = sentences.join(". ");
    const moved = [...sentences].reverse().join(". ");
    const scattered = text
      .split(" ")
      .map((word, at) => (at % 5 === 2 ? `x${at}` : word))
      .join(" ");
    const [shingles, rouge] = [createNearDuplicateIndex({ shingle: 2 }), createNoveltyIndex()];
    for (const index of [shingles, rouge]) index.add("text", text);
    expect([shingles.breach(moved) !== null, rouge.breach(moved) !== null]).toEqual([true, false]);
    expect([shingles.breach(scattered) !== null, rouge.breach(scattered) !== null]).toEqual([false, true]);
  });

  it("takes texts without words for near to nothing", () => {
    const index = createNearDuplicateIndex();
    index.add("blank", "…");
    expect(index.breach("")).toBeNull();
  });

  it.each([{ threshold: 1.5 }, { shingle: 0 }, { bands: 1.5 }, { rows: -1 }])("refuses %j", (options) => {
    expect(() => createNearDuplicateIndex(options)).toThrow(InputError);
  });
});
