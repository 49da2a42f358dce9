// How much of what each prompt format brings is kept, and what most of the rest falls to: what one wants to see while a stage runs.
import type { Ledger } from "../filter/index.js";
import type { Verdict } from "./stop-rule.js";

type Funnel = Pick<Ledger, "kept" | "rejected" | "failed">;

export interface YieldTally {
  add(prompt: string, verdict: Verdict): void;
  /** One line: `42 of 120 kept (35 %), most rejected: near-duplicate 40`; with several prompts each under its name. */
  describe(): string;
}

function describeOne({ attempts, kept, rejected, failed }: Funnel & { attempts: number }): string {
  const share = attempts === 0 ? 0 : Math.round((100 * kept) / attempts);
  const [top] = Object.entries(rejected).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const most = top === undefined ? "" : `, most rejected: ${top[0]} ${top[1]}`;
  return `${kept} of ${attempts} kept (${share} %)${most}${failed > 0 ? `, ${failed} failed` : ""}`;
}

export function createYieldTally(): YieldTally {
  const nothing = (): Funnel & { attempts: number } => ({ attempts: 0, kept: 0, rejected: {}, failed: 0 });
  const tallies = new Map<string, Funnel & { attempts: number }>();
  return {
    add(prompt, verdict) {
      const tally = tallies.get(prompt) ?? nothing();
      tallies.set(prompt, tally);
      tally.attempts++;
      if (verdict === "kept") tally.kept++;
      else if (verdict === "failed") tally.failed++;
      else tally.rejected[verdict] = (tally.rejected[verdict] ?? 0) + 1;
    },
    describe() {
      const [only = nothing(), ...others] = tallies.values();
      if (others.length === 0) return describeOne(only);
      return [...tallies].map(([name, tally]) => `${name}: ${describeOne(tally)}`).join(" · ");
    },
  };
}
