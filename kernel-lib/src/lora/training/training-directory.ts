// Whose directory it is: a training is settled once, by model, rows and options, and a directory never mixes two of them.
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { InputError, readJson, sha256, sha256File, writeJson } from "../../runtime/index.js";
import { type Backend, loadBackend } from "../backends/backend.js";
import { type Precision, precisions } from "../backends/ops.js";
import type { TrainingRow } from "./batches.js";
import type { TrainOptions } from "./train-options.js";

const configSchema = z.looseObject({
  fingerprint: z.string(),
  backend: z.string(),
  precision: z.enum(precisions),
});

export interface SettleOptions {
  modelPath: string;
  rows: readonly TrainingRow[];
  validationRows?: readonly TrainingRow[] | undefined;
  directory: string;
  backend?: Backend;
  options: TrainOptions;
}

/** The files that hold a model's weights: one GGUF file, or those of a folder. */
const filesOf = (path: string): string[] =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => /(\.safetensors|\.json)$/.test(name))
        .sort()
        .map((name) => join(path, name))
    : [path];

/** Everything that decides the numbers besides backend and precision; how often to save and when to give up do not. */
async function fingerprintOf({ modelPath, rows, validationRows = [], options }: SettleOptions): Promise<string> {
  const { checkpointSteps: _steps, checkpointSeconds: _seconds, memoryBytes: _bytes, divergence: _limit, ...deciding } = options;
  const texts = (part: readonly TrainingRow[]) => part.map(({ id, prompt, completion }) => [id, prompt, completion]);
  const files: string[] = [];
  for (const path of filesOf(modelPath)) files.push(await sha256File(path));
  return sha256(JSON.stringify([files, texts(rows), texts(validationRows), deciding]));
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
