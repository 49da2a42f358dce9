// What the generation notebook works on: one run up to its data set at a size of its own, runs that differ from it in single settings, and
// copies of it in empty folders.
import { rmSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { basename } from "node:path";
import type { GenerationPreset } from "../../generate/index.js";
import { homeDirectory } from "../../runtime/index.js";
import type { ExperimentConfig, SizeName } from "../config.js";
import { choosePreset } from "../generate-stage.js";
import { openRun, Run } from "../run.js";

/** Attempts of the run: all are made, so that thresholds can be compared without one of them having ended the stage early. */
const attempts: Record<SizeName, number> = { smoke: 24, quick: 48, laptop: 400, gpu: 4000 };

export interface DataLab {
  config: string | ExperimentConfig;
  size: SizeName;
  run: Run;
  /** With the values that the experiment changes. */
  preset: GenerationPreset;
  /** Cores, memory, and the processes that wanted a core in the last minute, in words. */
  machine: string;
}

const openAt = (
  { config, size }: Pick<DataLab, "config" | "size">,
  rows: { targetRows: number; maxAttempts: number },
  settings: Readonly<Record<string, unknown>> = {},
): Run =>
  openRun({
    config,
    size,
    settings: { "budget.targetRows": rows.targetRows, "budget.maxAttempts": rows.maxAttempts, ...settings },
  });

/** @throws InputError as {@link openRun}. */
export function openDataLab({ config, size }: Pick<DataLab, "config" | "size">): DataLab {
  const run = openAt({ config, size }, { targetRows: attempts[size], maxAttempts: attempts[size] });
  const load = `load ${loadavg()[0]!.toFixed(1)}`;
  const machine = `${cpus().length} cores, ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${load}`;
  return { config, size, run, preset: choosePreset(run.config), machine };
}

/** A run of `rows` rows at most, from the same first attempts. */
export const previewOf = (lab: DataLab, rows: number): Run => openAt(lab, { targetRows: rows, maxAttempts: 10 * rows });

/**
 * The lab's run with other values by path, `{ "generation.responses.samples": 3 }`, in a folder of its own. Where they leave the
 * instructions alone, those come out the same, from the call cache.
 * @throws InputError for an unknown path or a value out of range.
 */
export const variantOf = (lab: DataLab, settings: Readonly<Record<string, unknown>>): Run =>
  openAt(lab, lab.run.config.budget, settings);

/** The same configuration in an emptied folder under `.selfspec/data-lab`: nothing is there but what it will do now. */
export function emptyCopyOf(run: Run, name: string): Run {
  const directory = homeDirectory("data-lab", `${basename(run.directory.path)}-${name}`);
  rmSync(directory, { recursive: true, force: true });
  return new Run(run.config, directory);
}
