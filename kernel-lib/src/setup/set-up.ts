// Runs the set-up steps a command needs: what is ready costs milliseconds and is not mentioned.
import { clock, errorLine, RunError } from "../runtime/index.js";
import { benchmarksStep } from "./benchmarks.js";
import { chromiumStep } from "./chromium.js";
import { jupyterStep } from "./jupyter.js";
import { modelStep } from "./model.js";
import type { SetupStep } from "./step.js";
import { tensorflowStep } from "./tensorflow.js";

export const purposes = {
  start: [tensorflowStep, modelStep, benchmarksStep],
  lab: [tensorflowStep, modelStep, benchmarksStep, jupyterStep],
  test: [tensorflowStep, modelStep, jupyterStep, chromiumStep],
  all: [tensorflowStep, modelStep, benchmarksStep, jupyterStep],
} satisfies Record<string, SetupStep[]>;
export type Purpose = keyof typeof purposes;

export interface StepOutcome {
  id: string;
  title: string;
  outcome: "was ready" | "done" | "not available";
  /** Why it is not available. */
  reason?: string;
  seconds: number;
}

/**
 * Makes everything ready that `purpose` needs; a second call finds nothing to do.
 * @param say Gets a line before a step starts (what, how big) and one after it (how long).
 * @throws RunError when a required step fails; an optional one that fails is told and left to `doctor`.
 */
export async function setUp({
  purpose,
  say,
  signal,
}: {
  purpose: Purpose;
  say: (line: string) => void;
  signal?: AbortSignal;
}): Promise<StepOutcome[]> {
  const outcomes: StepOutcome[] = [];
  for (const step of purposes[purpose]) {
    const began = clock.elapsed();
    const seconds = () => (clock.elapsed() - began) / 1000;
    const { id, title } = step;
    const state = step.check();
    if (state.ready || state.givenUp) {
      outcomes.push({
        ...{ id, title, seconds: seconds() },
        ...(state.ready ? { outcome: "was ready" as const } : { outcome: "not available" as const, reason: state.detail }),
      });
      continue;
    }
    say(` ▸ ${title}${step.size ? `  (${step.size})` : ""}`);
    try {
      await step.install(signal);
      say(` ✓ ${title}  ${seconds().toFixed(1)} s`);
      outcomes.push({ id, title, outcome: "done", seconds: seconds() });
    } catch (error) {
      if (step.required) throw new RunError({ got: `set-up: ${title}: ${errorLine(error)}` }, { cause: error });
      say(` – ${title}: not available (${errorLine(error)})`);
      outcomes.push({ id, title, outcome: "not available", reason: errorLine(error), seconds: seconds() });
    }
  }
  return outcomes;
}
