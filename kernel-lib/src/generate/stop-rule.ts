// When a stage of attempts has done enough: at its target, at its token budget, or when too little of what still comes is new. Asked after
// each attempt in the order of the attempts, so that it stops at the same one whatever order they arrive in.
import { z } from "zod";
import type { InstructionPreset } from "./instruction-preset.js";

export const stoppedSchema = z.strictObject({
  reason: z.enum(["attempts", "target", "token-budget", "low-yield", "near-duplicates"]),
  /** As people read it: "stopped: 4 of the last 100 were new". */
  line: z.string(),
});
export type Stopped = z.infer<typeof stoppedSchema>;

/** What became of one attempt: "kept", "failed", or the name of the rule that rejected it. */
export type Verdict = string;

export interface StopRule {
  /** Takes the next attempt in; says why no other is needed, undefined while one is. */
  after(verdict: Verdict, completionTokens: number): Stopped | undefined;
}

/** The rules that reject what is well-formed but not new. */
const repetitions: readonly Verdict[] = ["near-duplicate", "same-shingles", "copy-of-seed"];

const count = (n: number): string => n.toLocaleString("en-US");

/** See {@link InstructionPreset} for `tokenBudget` and `autoStop`; `target` is the number of rows to keep, which may be infinite. */
export function createStopRule(options: Pick<InstructionPreset, "tokenBudget" | "autoStop"> & { target: number }): StopRule {
  const { target, tokenBudget, autoStop } = options;
  const window: Verdict[] = [];
  const within = new Map<Verdict, number>();
  let attempts = 0;
  let kept = 0;
  let tokens = 0;

  const slide = (verdict: Verdict, size: number): void => {
    const slot = attempts % size;
    const leaving = window[slot];
    if (leaving !== undefined) within.set(leaving, within.get(leaving)! - 1);
    window[slot] = verdict;
    within.set(verdict, (within.get(verdict) ?? 0) + 1);
  };

  return {
    after(verdict, completionTokens) {
      if (autoStop !== null) slide(verdict, autoStop.window);
      attempts++;
      tokens += completionTokens;
      if (verdict === "kept") kept++;
      if (kept >= target) return { reason: "target", line: `${count(kept)} rows are kept, as asked` };
      if (tokenBudget !== null && tokens >= tokenBudget)
        return { reason: "token-budget", line: `stopped: ${count(tokens)} of ${count(tokenBudget)} completion tokens are used` };
      if (autoStop === null || attempts < autoStop.window) return undefined;
      const fresh = within.get("kept") ?? 0;
      if (fresh < autoStop.minYield * autoStop.window)
        return { reason: "low-yield", line: `stopped: ${fresh} of the last ${autoStop.window} were new` };
      const repeated = repetitions.reduce((sum, rule) => sum + (within.get(rule) ?? 0), 0);
      if (repeated > autoStop.maxNearDuplicates * autoStop.window)
        return { reason: "near-duplicates", line: `stopped: ${repeated} of the last ${autoStop.window} were near-duplicates` };
      return undefined;
    },
  };
}
