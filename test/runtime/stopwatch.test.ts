import { afterEach, describe, expect, it, vi } from "vitest";
import { clock, type ProgressEvent, startStage } from "../../kernel-lib/src/runtime/index.js";

afterEach(() => vi.restoreAllMocks());

/** What a stage estimates at each [seconds, done]. */
function estimates(steps: readonly (readonly [number, number])[], { total, resumed = 0 }: { total: number; resumed?: number }) {
  let now = 1000;
  vi.spyOn(clock, "elapsed").mockImplementation(() => now);
  const events: ProgressEvent[] = [];
  const stage = startStage("answers", (event) => events.push(event), resumed);
  for (const [seconds, done] of steps) {
    now = 1000 + seconds * 1000;
    stage.update({ done, total, unit: "items" });
  }
  return events.filter(({ state }) => state === "running").map(({ secondsLeft }) => secondsLeft);
}

describe("the time a stage has left", () => {
  it("is not told while the first answers' wait for their batch is most of what was measured, then is the mean's", () => {
    const steps = [
      [20, 1],
      [22, 10],
      [39, 30],
      [40, 32],
      [80, 100],
    ] as const;
    expect(estimates(steps, { total: 300 })).toEqual([undefined, undefined, undefined, (268 * 40) / 32, 160]);
  });

  it("waits for ten units and five seconds, in short stages for a quarter of the units", () => {
    const steps = (count: number) => Array.from({ length: count }, (_, at) => [at + 1, at + 1] as const);
    expect(estimates(steps(10), { total: 100 }).findIndex((left) => left !== undefined)).toBe(9);
    expect(estimates(steps(10), { total: 12 }).findIndex((left) => left !== undefined)).toBe(4);
  });

  it("does not count what was there before", () => {
    const steps = [
      [1, 91],
      [10, 100],
    ] as const;
    expect(estimates(steps, { total: 190, resumed: 90 })).toEqual([undefined, 90]);
  });
});
