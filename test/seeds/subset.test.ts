import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countTaskKinds, loadSeeds, nestedSubset } from "../../kernel-lib/src/seeds/index.js";

const seeds = loadSeeds({ domain: "biomedicine" });
const size = fc.integer({ min: 1, max: seeds.length });
const ids = (count: number, runSeed: number) => nestedSubset(seeds, count, runSeed).map(({ id }) => id);

describe("nestedSubset", () => {
  test("a smaller subset is a prefix of every larger one, without repeats", () => {
    fc.assert(
      fc.property(size, size, fc.nat(), (a, b, runSeed) => {
        const larger = ids(Math.max(a, b), runSeed);
        expect(ids(Math.min(a, b), runSeed)).toEqual(larger.slice(0, Math.min(a, b)));
        expect(new Set(larger).size).toBe(Math.max(a, b));
      }),
    );
  });

  test("covers as many task kinds as its size allows", () => {
    const kinds = countTaskKinds(seeds).size;
    fc.assert(
      fc.property(size, fc.nat(), (count, runSeed) => {
        expect(countTaskKinds(nestedSubset(seeds, count, runSeed)).size).toBe(Math.min(count, kinds));
      }),
    );
  });

  test("depends on the run seed", () => {
    expect(ids(20, 1)).not.toEqual(ids(20, 2));
  });

  test.each([0, 81, 2.5, Number.NaN])("refuses a size of %s", (count) => {
    expect(() => nestedSubset(seeds, count, 1)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining("1 to 80") }),
    );
  });
});
