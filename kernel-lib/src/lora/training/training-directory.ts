// Whose directory it is: a training is settled once, by model, rows and options, and a directory never mixes two of them.
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { InputError, readJson, sha256, sha256File, writeJson } from "../../runtime/index.js";
import { type Backend, loadBackend } from "../backends/backend.js";
import type { Precision } from "../backends/ops.js";
import type { TrainingRow } from "./batches.js";
import type { TrainOptions } from "./train-options.js";

const configSchema = z.looseObject({
  fingerprint: z.string(),
  backend: z.string(),
  precision: z.enum(["float32", "bfloat16"]),
});

export interface SettleOptions {
  modelPath: string;
  rows: readonly TrainingRow[];
  directory: string;
  backend?: Backend;
  options: TrainOptions;
}

/** Everything that decides the numbers besides backend and precision; how often to save does not. */
async function fingerprintOf({ modelPath, rows, options }: SettleOptions): Promise<string> {
  const { checkpointSteps: _steps, checkpointSeconds: _seconds, memoryBytes: _bytes, ...deciding } = options;
  const texts = rows.map(({ id, prompt, completion }) => [id, prompt, completion]);
  return sha256(JSON.stringify([await sha256File(modelPath), texts, deciding]));
}

/**
 * The backend and precision of the training in a directory; a new one is written down, a begun one keeps what it began with.
 * @throws InputError when the directory belongs to another training.
 */
export async function settleDirectory(settle: SettleOptions): Promise<{ backend: Backend; precision: Precision }> {
  const { modelPath, rows, directory, backend, options } = settle;
  const path = join(directory, "config.json");
  const fingerprint = await fingerprintOf(settle);
  if (existsSync(path)) {
    const config = configSchema.parse(readJson(path));
    if (config.fingerprint !== fingerprint)
      throw new InputError({
        got: `${directory} holds a training with another model, other rows or other options`,
        todo: "choose another directory, or remove this one",
      });
    return { backend: backend ?? (await loadBackend({ name: config.backend })), precision: config.precision };
  }
  const chosen = backend ?? (await loadBackend());
  const precision = options.precision === "auto" ? chosen.precision : options.precision;
  writeJson(path, { fingerprint, backend: chosen.name, precision, model: basename(modelPath), rows: rows.length, options });
  return { backend: chosen, precision };
}
