import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deriveRandom, deriveSeed } from "../../kernel-lib/src/runtime/index.js";

describe("deriveRandom", () => {
  it("gives the same numbers for the same key, whatever was drawn elsewhere", () => {
    const draw = () => {
      const random = deriveRandom(1, "instructions", 7);
      return [random.uniform(), random.integer(10), random.normal(), random.sample([1, 2, 3, 4], 2)];
    };
    const first = draw();
    deriveRandom(2, "other").uniform();
    expect(draw()).toEqual(first);
  });

  it("gives other numbers for any change of the key", () => {
    const values = [
      [1, "a", 0],
      [2, "a", 0],
      [1, "b", 0],
      [1, "a", 1],
      [1, "a", "0"],
    ].map((key) => deriveSeed(...key));
    expect(new Set(values).size).toBe(values.length);
  });

  it("shuffles to a permutation and samples distinct items", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer()), fc.nat(20), fc.nat(), (items, count, key) => {
        const random = deriveRandom(key);
        expect(random.shuffle(items).sort((a, b) => a - b)).toEqual([...items].sort((a, b) => a - b));
        const sample = random.sample(items, count);
        expect(new Set(sample).size).toBe(Math.min(count, items.length));
      }),
    );
  });

  it("is uniform over keys too: first draws fill the whole range", () => {
    const first = Array.from({ length: 4000 }, (_, key) => deriveRandom(1, "stage", key).uniform());
    const deciles = Array.from({ length: 10 }, (_, d) => first.filter((value) => Math.floor(value * 10) === d).length);
    for (const count of deciles) expect(count).toBeGreaterThan(320);
  });

  it("is uniform in [0, 1) and normal with mean 0 and variance 1", () => {
    const random = deriveRandom("moments");
    const uniform = Array.from({ length: 20_000 }, () => random.uniform());
    const normal = Array.from({ length: 20_000 }, () => random.normal());
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniform)).toBeLessThan(1);
    expect(mean(uniform)).toBeCloseTo(0.5, 1);
    expect(mean(normal)).toBeCloseTo(0, 1);
    expect(mean(normal.map((value) => value * value))).toBeCloseTo(1, 1);
  });
});
