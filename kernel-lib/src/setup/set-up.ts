// Runs the set-up steps a command needs: what is ready costs milliseconds and is not mentioned.
import { existsSync, rmSync } from "node:fs";
import { cacheDirectory, clock, errorLine, InputError, RunError, writeJson } from "../runtime/index.js";
import { benchmarksStep } from "./benchmarks.js";
import { chromiumStep } from "./chromium.js";
import { fusedKernelsStep } from "./fused-kernels.js";
import { jupyterStep } from "./jupyter.js";
import { modelStep } from "./model.js";
import type { SetupStep } from "./step.js";
import { tensorflowCpuStep, tensorflowGpuStep, tensorflowStep } from "./tensorflow.js";

export const purposes = {
  start: [tensorflowStep, fusedKernelsStep, modelStep, benchmarksStep],
  lab: [tensorflowStep, fusedKernelsStep, modelStep, benchmarksStep, jupyterStep],
  test: [tensorflowStep, fusedKernelsStep, modelStep, jupyterStep, chromiumStep],
  all: [tensorflowStep, fusedKernelsStep, modelStep, benchmarksStep, jupyterStep],
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

/** Where it is remembered that an optional step could not be done here, so that the next start does not wait for it again. */
const failureOf = (id: string): string => cacheDirectory("set-up", `${id}-not-available.json`);

/** The steps of a purpose, with the TensorFlow that was asked for. */
export function stepsFor(purpose: Purpose, gpu?: boolean): SetupStep[] {
  const chosen = gpu === undefined ? tensorflowStep : gpu ? tensorflowGpuStep : tensorflowCpuStep;
  return purposes[purpose].map((step) => (step === tensorflowStep ? chosen : step));
}

/**
 * Makes everything ready that `purpose` needs; a second call finds nothing to do.
 * @param gpu true: TensorFlow for CUDA devices; false: for processors; default: whichever is in use, at first the latter.
 * @param say Gets a line before a step starts (what, how big) and one after it (how long).
 * @throws RunError when a required step fails; an optional one that fails is told, left to `doctor`, and tried
 * again only when everything is asked for (`npm run setup`).
 */
export async function setUp({
  purpose,
  gpu,
  say,
  signal,
}: {
  purpose: Purpose;
  gpu?: boolean | undefined;
  say: (line: string) => void;
  signal?: AbortSignal;
}): Promise<StepOutcome[]> {
  const outcomes: StepOutcome[] = [];
  for (const step of stepsFor(purpose, gpu)) {
    const began = clock.elapsed();
    const seconds = () => (clock.elapsed() - began) / 1000;
    const { id, title } = step;
    if (step.check().ready) {
      outcomes.push({ id, title, outcome: "was ready", seconds: seconds() });
      continue;
    }
    if (purpose !== "all" && gpu === undefined && existsSync(failureOf(id))) {
      outcomes.push({
        id,
        title,
        outcome: "not available",
        reason: "it could not be done before; npm run setup tries again",
        seconds: seconds(),
      });
      continue;
    }
    say(` ▸ ${title}${step.size ? `  (${step.size})` : ""}`);
    try {
      await step.install(signal);
      rmSync(failureOf(id), { force: true });
      say(` ✓ ${title}  ${seconds().toFixed(1)} s`);
      outcomes.push({ id, title, outcome: "done", seconds: seconds() });
    } catch (error) {
      if (step.required) throw new RunError({ got: `set-up: ${title}: ${errorLine(error)}` }, { cause: error });
      // A file with a wrong checksum is the user's to mend, and told every time.
      if (!(error instanceof InputError) && !signal?.aborted)
        writeJson(failureOf(id), { date: clock.isoDate(), reason: errorLine(error) });
      say(` – ${title}: not available (${errorLine(error)})`);
      outcomes.push({ id, title, outcome: "not available", reason: errorLine(error), seconds: seconds() });
    }
  }
  return outcomes;
}
