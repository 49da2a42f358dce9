export type { ChildLine } from "./child-run.js";
export {
  type Budget,
  chooseSize,
  type ExperimentConfig,
  knownExperiments,
  loadExperiment,
  parseExperiment,
  type RunChanges,
  type RunConfig,
  type SizeName,
  sizeNames,
} from "./config.js";
export { type StageName, stageNames } from "./corridor.js";
export { findMeasuredRun, forecastMinutes, planWork, type WorkPlan } from "./forecast.js";
export { publishRun } from "./publish.js";
export { type ExecuteOptions, type OpenRunOptions, openRun, type Run, reopenRun } from "./run.js";
export { RunDirectory, type StageSeconds } from "./run-directory.js";
export type { RunResult } from "./run-result.js";
