import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bootstrap,
  bootstrapDifference,
  bootstrapP,
  type Difference,
  detectableDifferences,
  holm,
  interval95,
  isSignificant,
  mcnemarExact,
  metricByName,
  minimumDetectableDifference,
  percentile,
  spreadOf,
} from "../../kernel-lib/src/evaluate/index.js";
import { normalQuantile, normalTail } from "../../kernel-lib/src/evaluate/statistics/normal.js";
import { deriveRandom } from "../../kernel-lib/src/runtime/index.js";
import { colours, makeItems } from "./fixtures.js";

const probability = fc.double({ min: 0, max: 1, noNaN: true });

describe("Holm's correction", () => {
  it("gives the steps that the definition gives by hand", () => {
    const corrected = holm([0.01, 0.04, 0.03, 0.005]);
    [0.03, 0.06, 0.06, 0.02].forEach((p, index) => {
      expect(corrected[index]).toBeCloseTo(p, 12);
    });
    expect(holm([])).toEqual([]);
  });

  it("never lowers a p-value, never exceeds Bonferroni's, and keeps their order", () => {
    fc.assert(
      fc.property(fc.array(probability, { minLength: 1, maxLength: 30 }), (ps) => {
        const corrected = holm(ps);
        ps.forEach((p, one) => {
          expect(corrected[one]).toBeGreaterThanOrEqual(p);
          expect(corrected[one]).toBeLessThanOrEqual(Math.min(1, p * ps.length) + 1e-12);
          ps.forEach((q, other) => {
            if (p < q) expect(corrected[one]!).toBeLessThanOrEqual(corrected[other]!);
          });
        });
      }),
      { numRuns: 50 },
    );
  });
});

describe("McNemar's exact test", () => {
  it("is twice the binomial tail, at most 1, the same from either side", () => {
    expect(mcnemarExact({ onlyFirst: 1, onlySecond: 9 })).toBeCloseTo(22 / 1024, 12);
    expect(mcnemarExact({ onlyFirst: 9, onlySecond: 1 })).toBeCloseTo(22 / 1024, 12);
    expect(mcnemarExact({ onlyFirst: 5, onlySecond: 5 })).toBe(1);
    expect(mcnemarExact({ onlyFirst: 0, onlySecond: 0 })).toBe(1);
    expect(mcnemarExact({ onlyFirst: 0, onlySecond: 1200 })).toBeLessThan(1e-300);
  });
});

describe("the normal distribution", () => {
  it("has the tails of printed tables, also far out", () => {
    expect(normalTail(0)).toBeCloseTo(0.5, 15);
    expect(normalTail(1.959963984540054)).toBeCloseTo(0.025, 14);
    expect(normalTail(-1)).toBeCloseTo(0.8413447460685429, 14);
    expect(normalTail(6) / 9.865876450376946e-10).toBeCloseTo(1, 10);
    expect(normalTail(Number.POSITIVE_INFINITY)).toBe(0);
  });

  it("has a quantile that inverts the tail", () => {
    for (const p of [0.001, 0.2, 0.5, 0.8, 0.975]) expect(1 - normalTail(normalQuantile(p))).toBeCloseTo(p, 10);
  });
});

describe("the bootstrap's p-value", () => {
  const spread = (centre: number): Float64Array =>
    Float64Array.from({ length: 999 }, (_, index) => centre + (index - 499) / 1000);

  it("is 1 where nothing differs, and twice the smaller share beyond 0 otherwise", () => {
    expect(bootstrapP({ value: 0, resampled: new Float64Array(999) }, { informative: 50 })).toBe(1);
    expect(bootstrapP({ value: 0.4, resampled: spread(0.4) }, { informative: 50 })).toBeCloseTo((2 * 101) / 1000, 12);
  });

  it("takes the normal tail where too few resamples lie beyond 0 to count", () => {
    const resampled = spread(1.5);
    const deviation = Math.sqrt(resampled.reduce((sum, value) => sum + (value - 1.5) ** 2, 0) / 999);
    expect(bootstrapP({ value: 1.5, resampled }, { informative: 50 })).toBeCloseTo(2 * normalTail(1.5 / deviation), 12);
  });

  it("never claims more than a sign test on the items that differ could", () => {
    expect(bootstrapP({ value: 1, resampled: new Float64Array(999).fill(1) }, { informative: 6 })).toBe(2 ** -5);
  });
});

describe("a paired difference", () => {
  const right = (flags: readonly number[]): Float64Array => Float64Array.from(flags.flatMap((flag) => [flag, 1]));
  const one = Array.from({ length: 40 }, (_, index) => Number(index % 4 !== 0));
  const other = Array.from({ length: 40 }, (_, index) => Number(index % 2 !== 0));
  const base = { metric: metricByName("accuracy"), key: ["test"], resamples: 2000 };

  it("is tested by McNemar where items are right or wrong and stand alone", () => {
    const result = bootstrapDifference({ ...base, system: right(one), against: right(other) });
    expect(result.value).toBeCloseTo(0.25, 12);
    expect(result).toMatchObject({ test: "McNemar exact", p: mcnemarExact({ onlyFirst: 10, onlySecond: 0 }) });
  });

  it("is tested by the bootstrap where items share documents, or answers of several draws are pooled", () => {
    const clusters = Int32Array.from(one, (_, index) => index >> 1);
    expect(bootstrapDifference({ ...base, system: right(one), against: right(other), clusters }).test).toBe("paired bootstrap");
    const twice = right(one).map((count) => 2 * count);
    expect(bootstrapDifference({ ...base, system: twice, against: right(other) }).test).toBe("paired bootstrap");
  });
});

describe("bootstrap intervals", () => {
  const meanOf = (values: readonly number[], key: string, resamples = 200) =>
    bootstrap({
      tallies: Float64Array.from(values),
      width: 1,
      statistics: [(sums) => sums[0]! / values.length],
      key: [key],
      resamples,
    })[0]!;

  it("of constant data are that constant", () => {
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 1, max: 40 }), (value, count) => {
        expect(interval95(meanOf(new Array(count).fill(value), "constant").resampled)).toEqual([value, value]);
      }),
      { numRuns: 20 },
    );
  });

  it("end at percentiles as sorting gives them", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -10, max: 10 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 0, max: 100 }),
        (values, p) => {
          const sorted = [...values].sort((a, b) => a - b);
          const rank = ((values.length - 1) * p) / 100;
          const [low, high] = [sorted[Math.floor(rank)]!, sorted[Math.ceil(rank)]!];
          expect(percentile(Float64Array.from(values), p)).toBeCloseTo(low + (high - low) * (rank % 1), 9);
        },
      ),
    );
  });

  it("hold the true mean in about 95 of 100 seeded samples, by item or by cluster", () => {
    const random = deriveRandom("coverage");
    const runs = 200;
    let [byItem, byCluster, blind] = [0, 0, 0];
    for (let run = 0; run < runs; run++) {
      const items = Array.from({ length: 60 }, () => Number(random.uniform() < 0.4));
      const [low, high] = interval95(meanOf(items, `items ${run}`, 400).resampled);
      if (low <= 0.4 && high >= 0.4) byItem++;
      const documents = Array.from({ length: 40 }, () => Number(random.uniform() < 0.4));
      const repeated = documents.flatMap((value) => [value, value, value, value]);
      const clustered = bootstrap({
        tallies: Float64Array.from(repeated),
        width: 1,
        statistics: [(sums) => sums[0]! / repeated.length],
        key: ["clusters", run],
        resamples: 400,
        clusters: Int32Array.from(repeated, (_, index) => index >> 2),
      })[0]!;
      const [from, to] = interval95(clustered.resampled);
      if (from <= 0.4 && to >= 0.4) byCluster++;
      const [short, long] = interval95(meanOf(repeated, `blind ${run}`, 400).resampled);
      if (short <= 0.4 && long >= 0.4) blind++;
    }
    expect(byItem / runs).toBeGreaterThan(0.9);
    expect(byCluster / runs).toBeGreaterThan(0.9);
    expect(blind / runs).toBeLessThan(0.8);
  });
});

describe("what holds", () => {
  it("needs a corrected p below 0.05 and an interval without 0; without a p-value nothing holds", () => {
    expect(isSignificant({ pHolm: 0.049, ci: [0.1, 2] })).toBe(true);
    expect(isSignificant({ pHolm: 0.049, ci: [-2, -0.1] })).toBe(true);
    expect(isSignificant({ pHolm: 0.05, ci: [0.1, 2] })).toBe(false);
    expect(isSignificant({ pHolm: 0.001, ci: [0, 2] })).toBe(false);
    expect(isSignificant({ ci: [0.1, 2] })).toBe(false);
  });
});

describe("the smallest difference that items can show", () => {
  it("is the textbook's for a paired z-test, and shrinks with the root of n", () => {
    const at = (n: number): number => minimumDetectableDifference({ n, deviation: 50 });
    expect(at(100)).toBeCloseTo((2.801585 * 50) / 10, 4);
    expect(at(100) / at(400)).toBeCloseTo(2, 9);
    expect(at(1)).toBe(100);
  });

  it("is found with about 80 % power in seeded runs of the test that it is meant for", () => {
    const random = deriveRandom("power");
    const [n, runs] = [200, 400];
    const difference = minimumDetectableDifference({ n, deviation: 100 * Math.sqrt(0.5) }) / 100;
    let found = 0;
    for (let run = 0; run < runs; run++) {
      let [onlyFirst, onlySecond] = [0, 0];
      for (let item = 0; item < n; item++) {
        const draw = random.uniform();
        if (draw < 0.25 + difference / 2) onlyFirst++;
        else if (draw < 0.5) onlySecond++;
      }
      if (mcnemarExact({ onlyFirst, onlySecond }) < 0.05) found++;
    }
    expect(found / runs).toBeGreaterThan(0.7);
    expect(found / runs).toBeLessThan(0.9);
  });

  it("takes its spread from earlier comparisons of the task where there are some, and says so", () => {
    const earlier = (metric: string): Difference => ({
      ...{ taskId: "colours", metric, k: 0, reading: "lenient", subset: "all", system: "a", against: "b" },
      ...{ n: 100, value: 3, ci: [3 - 1.959964 * 4, 3 + 1.959964 * 4], significant: false },
    });
    expect(spreadOf(colours, [earlier("accuracy")]).deviation).toBeCloseTo(40, 4);
    expect(spreadOf(colours, [earlier("accuracy")]).source).toMatch(/^measured/);
    expect(spreadOf(colours, [earlier("token-f1")]).source).toMatch(/^assumed/);
  });

  it("counts documents, not items, and grows with the number of comparisons", () => {
    const items = makeItems(40).map((item, index) => ({ ...item, document: `document ${index >> 2}` }));
    const [few] = detectableDifferences({ parts: [{ task: colours, items }], comparisonsPerTask: 1 });
    const [many] = detectableDifferences({ parts: [{ task: colours, items }], comparisonsPerTask: 20 });
    expect(few).toMatchObject({ n: 40, clusters: 10 });
    expect(few!.alone).toBeCloseTo(minimumDetectableDifference({ n: 10, deviation: few!.spread.deviation }), 9);
    expect(few!.corrected).toBeCloseTo(few!.alone, 9);
    expect(many!.corrected).toBeGreaterThan(many!.alone);
  });
});
