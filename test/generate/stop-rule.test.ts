import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createYieldTally } from "../../kernel-lib/src/generate/prompt-yield.js";
import { createStopRule, type Stopped } from "../../kernel-lib/src/generate/stop-rule.js";

const autoStop = { window: 10, minYield: 0.2, maxNearDuplicates: 0.7 };
const run = (verdicts: readonly string[], change: Partial<Parameters<typeof createStopRule>[0]> = {}) => {
  const rule = createStopRule({ target: Number.POSITIVE_INFINITY, tokenBudget: null, autoStop, ...change });
  for (const [index, verdict] of verdicts.entries()) {
    const stopped = rule.after(verdict, 100);
    if (stopped) return { at: index + 1, ...stopped };
  }
  return undefined;
};
const times = (count: number, verdict: string): string[] => new Array<string>(count).fill(verdict);

describe("the stop rule", () => {
  it("P10: stops when too few of the last attempts were new, and says how many", () => {
    const verdicts = [...times(12, "kept"), ...times(30, "too-short")];
    expect(run(verdicts)).toEqual({ at: 21, reason: "low-yield", line: "stopped: 1 of the last 10 were new" });
  });

  it("P10: stops when most of the last attempts were repeats, though some were new", () => {
    const cycle = ["kept", "near-duplicate", "near-duplicate", "near-duplicate", "near-duplicate"];
    expect(run(times(4, "x").flatMap(() => cycle))).toMatchObject({
      at: 10,
      reason: "near-duplicates",
      line: "stopped: 8 of the last 10 were near-duplicates",
    });
  });

  it("waits for a whole window, and goes on at exactly the limits", () => {
    expect(run(times(9, "near-duplicate"))).toBeUndefined();
    expect(run([...times(7, "near-duplicate"), "too-short", ...times(2, "kept")])).toBeUndefined();
  });

  it("goes on for ever without it", () => {
    expect(run(times(500, "near-duplicate"), { autoStop: null })).toBeUndefined();
  });

  it("stops at the target and at the token budget, whichever comes first", () => {
    expect(run(times(9, "kept"), { target: 3, tokenBudget: 10_000 })).toMatchObject({ at: 3, reason: "target" });
    expect(run(times(99, "kept"), { tokenBudget: 1_050 })).toEqual({
      at: 11,
      reason: "token-budget",
      line: "stopped: 1,100 of 1,050 completion tokens are used",
    });
  });

  it("looks at the last window only", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("kept", "near-duplicate", "too-short"), { maxLength: 60 }), (verdicts) => {
        const found: Stopped | undefined = run(verdicts);
        const ends = verdicts.map((_, index) => index + 1).filter((end) => end >= autoStop.window);
        const lows = ends.filter((end) => {
          const window = verdicts.slice(end - autoStop.window, end);
          const share = (verdict: string) => window.filter((one) => one === verdict).length / autoStop.window;
          return share("kept") < autoStop.minYield || share("near-duplicate") > autoStop.maxNearDuplicates;
        });
        expect(found === undefined ? undefined : { at: lows[0] }).toEqual(found && { at: run(verdicts)!.at });
        expect(found === undefined).toBe(lows.length === 0);
      }),
    );
  });
});

describe("the yield of a prompt format", () => {
  it("P10: is told with the rule that takes most, each format by its name where there are several", () => {
    const tally = createYieldTally();
    expect(tally.describe()).toBe("0 of 0 kept (0 %)");
    for (const verdict of ["kept", "too-short", "near-duplicate", "near-duplicate"]) tally.add("one-v1", verdict);
    expect(tally.describe()).toBe("1 of 4 kept (25 %), most rejected: near-duplicate 2");
    for (const verdict of ["kept", "failed"]) tally.add("two-v1", verdict);
    expect(tally.describe()).toBe(
      "one-v1: 1 of 4 kept (25 %), most rejected: near-duplicate 2 · two-v1: 1 of 2 kept (50 %), 1 failed",
    );
  });
});
