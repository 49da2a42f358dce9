export { type Agreement, agreement, type ServerDistribution } from "./agreement.js";
export { type Backend, type BackendName, type BackendReport, backendNames, backendReport, loadBackend } from "./backend.js";
export type { TrainingRow } from "./batches.js";
export { type AdapterCheck, type CheckAdapterOptions, checkAdapter } from "./check-adapter.js";
export { type LinearName, linearNames } from "./linears.js";
export { type TrainRequest, train } from "./train.js";
export { type TrainOptions, trainOptionsSchema } from "./train-options.js";
export { readTrainingLog, readTrainResult, type TrainingStep, type TrainResult, trainingStepSchema } from "./training-log.js";
