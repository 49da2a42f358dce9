// A lab for LoRA on a domain's seeds: some are trained on, the others are held out, and every training keeps a directory of its own.
import { cpus, totalmem } from "node:os";
import { type TrainingRow, trainingRowOf } from "../../lora/index.js";
import { type ResolvedModel, resolveModel } from "../../models/index.js";
import { homeDirectory, sha256 } from "../../runtime/index.js";
import { type Domain, loadSeeds, nestedSubset } from "../../seeds/index.js";
import type { SizeName } from "../config.js";
import type { TrainingJob } from "./jobs.js";
import { type LabSize, labSizes } from "./sizes.js";
import type { JobOptions } from "./start-job.js";

export interface TuningLab {
  model: ResolvedModel;
  size: LabSize;
  training: readonly TrainingRow[];
  heldOut: readonly TrainingRow[];
  /** Processor, cores and memory, in words. */
  machine: string;
}

export interface OpenLabOptions extends JobOptions {
  /** A registry id, a GGUF path or a hub id. */
  model: string;
  domain: Domain;
  size: SizeName;
}

const splitSeed = 1;

/**
 * Fetches the model where it is not here yet. Which seeds are held out is the same on every machine and at every size that trains on as many.
 * @throws InputError for an unknown model, domain or size.
 */
export async function openTuningLab({ model, domain, size, ...options }: OpenLabOptions): Promise<TuningLab> {
  const seeds = loadSeeds({ domain });
  const chosen = new Set(nestedSubset(seeds, labSizes[size].trainingSeeds, splitSeed));
  return {
    model: await resolveModel({ model, ...options }),
    size: labSizes[size],
    training: seeds.filter((seed) => chosen.has(seed)).map(trainingRowOf),
    heldOut: seeds.filter((seed) => !chosen.has(seed)).map(trainingRowOf),
    machine: `${cpus().length} cores, ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
  };
}

/** A training of the lab, in the directory that its model, rows and options name: the same one again is finished already. */
export function labTraining(
  { model, training, heldOut }: TuningLab,
  { options, stage, backend = "auto" }: Pick<TrainingJob, "options" | "stage"> & { backend?: string },
): TrainingJob {
  const rows = { rows: training, validationRows: heldOut };
  const key = sha256(JSON.stringify({ model: model.sha256, backend, options, rows })).slice(0, 12);
  return {
    modelPath: model.path,
    ...rows,
    directory: homeDirectory("lora-lab", key),
    options: options ?? {},
    stage: stage ?? "lora",
    backend,
  };
}
