import { describe, expect, test } from "vitest";
import { bootstrap, interval95, percentile } from "../../kernel-lib/src/evaluate/index.js";

const meanOf = (values: number[], key: string) =>
  bootstrap({ tallies: Float64Array.from(values), width: 1, statistics: [(sums) => sums[0]! / values.length], key: [key] })[0]!;

describe("the bootstrap", () => {
  test("gives the statistic of the items as they are as its value", () => {
    expect(meanOf([0, 1, 1, 0, 1], "a").value).toBeCloseTo(0.6, 12);
  });

  test("draws the same with the same key and otherwise with another", () => {
    const values = [0.1, 0.9, 0.4, 0.3];
    expect(meanOf(values, "a").resampled).toEqual(meanOf(values, "a").resampled);
    expect(meanOf(values, "a").resampled).not.toEqual(meanOf(values, "b").resampled);
  });

  test("shows all statistics the same draws, so that a constant gain has no spread", () => {
    const tallies = Float64Array.from([0, 1, 4, 5, 2, 3]);
    const [result] = bootstrap({ tallies, width: 2, statistics: [(sums) => sums[1]! - sums[0]!], key: ["pair"] });
    expect(interval95(result!.resampled)).toEqual([3, 3]);
  });

  test("spreads like the standard error of a mean", () => {
    const [low, high] = interval95(
      meanOf(
        Array.from({ length: 400 }, (_, index) => index % 2),
        "spread",
      ).resampled,
    );
    expect(low).toBeCloseTo(0.5 - 1.96 * 0.025, 2);
    expect(high).toBeCloseTo(0.5 + 1.96 * 0.025, 2);
  });
});

test("percentiles are interpolated between ranks", () => {
  const values = Float64Array.from([4, 1, 3, 2]);
  expect([percentile(values, 0), percentile(values, 50), percentile(values, 90), percentile(values, 100)]).toEqual([
    1, 2.5, 3.7, 4,
  ]);
});
