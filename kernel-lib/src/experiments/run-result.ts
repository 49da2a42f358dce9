// Reads back what a run's finished stages left on disk. A stage that has not run yet leaves its part empty.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Triple, tripleSchema } from "../dataset/index.js";
import { type Ledger, ledgerSchema, type Rejection, rejectionSchema } from "../filter/index.js";
import { readTrainingLog } from "../lora/index.js";
import type { ReportInput } from "../report/index.js";
import { readJson, readJsonl } from "../runtime/index.js";
import type { Seed } from "../seeds/index.js";
import { seedsOf } from "./choose-seeds.js";
import type { RunConfig, SizeName } from "./config.js";
import { deviationsOf } from "./deviations.js";
import { evaluationSchema } from "./evaluate-stage.js";
import { commandOf } from "./run-command-line.js";
import type { RunDirectory } from "./run-directory.js";

/** Everything a report needs, with the seeds and where the run lies. */
export interface RunResult extends ReportInput {
  directory: string;
  size: SizeName;
  seeds: Seed[];
  rejections: Rejection[];
  ledgers: Ledger[];
  triples: Triple[];
}

export function readResult(config: RunConfig, directory: RunDirectory): RunResult {
  const surroundings = directory.surroundings();
  const stageFolders = [directory.instructions(), directory.responses()];
  const ledgers = stageFolders.flatMap((folder) =>
    existsSync(join(folder, "ledger.json")) ? [ledgerSchema.parse(readJson(join(folder, "ledger.json")))] : [],
  );
  const rejections = stageFolders.flatMap((folder) =>
    existsSync(join(folder, "rejected.jsonl")) ? readJsonl(join(folder, "rejected.jsonl"), rejectionSchema) : [],
  );
  const triplesPath = join(directory.dataset(), "triples.jsonl");
  const evaluation = existsSync(directory.scores())
    ? evaluationSchema.parse(readJson(directory.scores()))
    : { scores: [], differences: [], origins: {}, notices: [] };
  const seeds = seedsOf({ config, directory });
  return {
    directory: directory.path,
    size: config.size,
    seeds,
    meta: {
      name: config.name,
      domain: config.domain,
      size: config.size,
      model: surroundings.model ?? config.model,
      backend: surroundings.backend ?? "not trained yet",
      seedCount: seeds.length,
      runSeed: config.runSeed,
      date: surroundings.date ?? "",
      command: commandOf(config),
      ...(surroundings.machine !== undefined && { machine: surroundings.machine }),
    },
    ledgers,
    rejections,
    triples: existsSync(triplesPath) ? readJsonl(triplesPath, tripleSchema) : [],
    trainingLogs: config.systems.flatMap((system) => {
      const points = readTrainingLog(directory.training(system));
      return points.length > 0 ? [{ system, points }] : [];
    }),
    scores: evaluation.scores,
    differences: evaluation.differences,
    origins: evaluation.origins,
    notices: evaluation.notices,
    stages: directory.stages(),
    config,
    deviations: deviationsOf(config, surroundings),
  };
}
