// A small experiment in a file of its own: the biomedicine experiment with what a test wants changed.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Budget, type ExperimentConfig, loadExperiment } from "../../kernel-lib/src/experiments/index.js";
import { temporaryFolder } from "./command.js";

export interface ExperimentChanges extends Partial<Omit<ExperimentConfig, "endpoint" | "sizes">> {
  endpoint?: Partial<ExperimentConfig["endpoint"]>;
  budget?: Partial<Budget>;
}

/** Writes the file and returns its path; `budget` changes the size "smoke". */
export function writeExperiment({ endpoint, budget, ...changes }: ExperimentChanges = {}): string {
  const { sizes, ...known } = loadExperiment("biomedicine");
  const path = join(temporaryFolder(), "experiment.json");
  const experiment = {
    ...known,
    name: "test",
    ...changes,
    endpoint: { ...known.endpoint, ...endpoint },
    sizes: { ...sizes, smoke: { ...sizes.smoke, ...budget } },
  };
  writeFileSync(path, JSON.stringify(experiment));
  return path;
}
