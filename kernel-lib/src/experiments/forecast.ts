// What the next size would take on this machine, scaled from the seconds that the stages of a finished run took.
import { type Budget, loadExperiment, type RunConfig, type SizeName, sizeNames } from "./config.js";
import type { StageSeconds } from "./run-directory.js";

export interface StageForecast {
  size: SizeName;
  minutes: number;
}

/** Prompts grow with their demonstrations: a shot costs about as much as the question. */
const askedUnits = ({ items, shots, draws }: Budget): number =>
  shots.reduce((sum, k) => sum + items * (k === 0 ? 1 : draws) * (1 + k), 0);
const steps = (rows: number, { epochs, maxSteps }: Budget, batch: number): number => Math.min(maxSteps, (rows * epochs) / batch);

/** Minutes of the next larger size, from what this run took; undefined for the largest. */
export function forecastNextSize(
  config: RunConfig,
  stages: readonly StageSeconds[],
  experiment = loadExperiment(config.name),
): StageForecast | undefined {
  const size = sizeNames[sizeNames.indexOf(config.size) + 1];
  if (size === undefined) return undefined;
  const [now, next] = [config.budget, experiment.sizes[size]];
  const rows = next.targetRows / now.targetRows;
  const seeds = (now.seeds ?? 80) / (next.seeds ?? 80);
  const trained = (budget: Budget, ratio: number) =>
    steps(80 * ratio, budget, config.lora.batchSize) + steps(budget.targetRows, budget, config.lora.batchSize);
  const scale: Record<string, number> = {
    instructions: rows,
    responses: rows,
    lora: trained(next, 1) / trained(now, seeds),
    evaluate: askedUnits(next) / askedUnits(now),
  };
  const seconds = stages.reduce((sum, { stage, seconds: took }) => sum + took * (scale[stage] ?? 1), 0);
  return { size, minutes: seconds / 60 };
}
