// How many optimiser steps a training takes: the same epochs for both systems, cut where a slow backend would outlast its minutes.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Backend, type TrainingRow, train } from "../lora/index.js";
import type { RunConfig } from "./config.js";
import { type TunedSystem, tunedSystems } from "./run-directory.js";

export interface StepPlan {
  steps: Record<TunedSystem, number>;
  /** Measured on two rows where the backend is not the native one. */
  tokensPerSecond?: number;
  /** What was cut, as a sentence. */
  shrunk?: string;
}

/** Two rows, one step, in a folder that is thrown away. */
async function measureSpeed(modelPath: string, rows: readonly TrainingRow[], backend: Backend): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), "selfspec-speed-"));
  try {
    const { tokensPerSecond } = await train({
      modelPath,
      rows: rows.slice(0, 2),
      directory,
      options: { steps: 1, batchSize: 2 },
      backend,
    });
    return tokensPerSecond;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A token is about four characters of English (measured 3.9 on the seeds with SmolLM2's vocabulary). */
const tokensOf = (rows: readonly TrainingRow[]): number =>
  rows.reduce((sum, { prompt, completion }) => sum + (prompt.length + completion.length) / 4, 0);

export async function planSteps(options: {
  config: RunConfig;
  backend: Backend;
  modelPath: string;
  rows: Record<TunedSystem, readonly TrainingRow[]>;
}): Promise<StepPlan> {
  const { config, backend, modelPath, rows } = options;
  const { epochs, maxSteps, trainingMinutes } = config.budget;
  const { batchSize } = config.lora;
  const full = (system: TunedSystem): number => Math.min(maxSteps, Math.ceil((rows[system].length * epochs) / batchSize));
  const steps = { "seeds-only": full("seeds-only"), "self-specialised": full("self-specialised") };
  if (backend.name === "tensorflow" || trainingMinutes === null) return { steps };
  const tokensPerSecond = await measureSpeed(modelPath, rows["seeds-only"], backend);
  const seconds = tunedSystems.reduce(
    (sum, system) => sum + ((tokensOf(rows[system]) / rows[system].length) * batchSize * steps[system]) / tokensPerSecond,
    0,
  );
  const share = (60 * trainingMinutes) / seconds;
  if (share >= 1) return { steps, tokensPerSecond };
  const cut = {
    "seeds-only": Math.max(1, Math.floor(steps["seeds-only"] * share)),
    "self-specialised": Math.max(1, Math.floor(steps["self-specialised"] * share)),
  };
  return {
    steps: cut,
    tokensPerSecond,
    shrunk: `backend ${backend.name} trains at ${tokensPerSecond.toFixed(0)} tokens/s, so ${cut["seeds-only"]} and ${cut["self-specialised"]} optimiser steps were taken instead of ${steps["seeds-only"]} and ${steps["self-specialised"]}`,
  };
}
