// How many optimiser steps a training takes: the same for every system or the same epochs, cut where a slow backend would outlast its share of the minutes.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Backend, type TrainingRow, train } from "../lora/index.js";
import type { RunConfig } from "./config.js";
import type { TunedSystem } from "./systems.js";

export interface StepPlan {
  steps: number;
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
  system: TunedSystem;
  backend: Backend;
  modelPath: string;
  rows: readonly TrainingRow[];
}): Promise<StepPlan> {
  const { config, system, backend, modelPath, rows } = options;
  const { epochs, maxSteps, steps: equalSteps, trainingMinutes } = config.budget;
  const { batchSize } = config.lora;
  const steps = equalSteps ?? Math.min(maxSteps, Math.ceil((rows.length * epochs) / batchSize));
  if (backend.name === "tensorflow" || trainingMinutes === null) return { steps };
  const tokensPerSecond = await measureSpeed(modelPath, rows, backend);
  const seconds = ((tokensOf(rows) / rows.length) * batchSize * steps) / tokensPerSecond;
  const share = (60 * trainingMinutes) / config.systems.length / seconds;
  if (share >= 1) return { steps, tokensPerSecond };
  const cut = Math.max(1, Math.floor(steps * share));
  return {
    steps: cut,
    tokensPerSecond,
    shrunk: `backend ${backend.name} trains at ${tokensPerSecond.toFixed(0)} tokens/s, so ${system} took ${cut} optimiser steps instead of ${steps}`,
  };
}
