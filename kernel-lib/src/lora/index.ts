export type { Adapter } from "./adapters/adapter.js";
export { saveGgufAdapter } from "./adapters/adapter-gguf.js";
export { savePeftAdapter } from "./adapters/adapter-peft.js";
export { type Agreement, agreement, type ServerDistribution } from "./adapters/agreement.js";
export { type AdapterCheck, type CheckAdapterOptions, checkAdapter } from "./adapters/check-adapter.js";
export { readAdapter } from "./adapters/load-adapter.js";
export { type MergeOptions, mergeAdapter, mergeTypes } from "./adapters/merge.js";
export { openPredictor, type Predictor, type PredictorOptions } from "./adapters/predictor.js";
export { writeTransformersFolder } from "./adapters/transformers-folder.js";
export {
  type Backend,
  type BackendName,
  type BackendReport,
  backendNames,
  backendReport,
  loadBackend,
} from "./backends/backend.js";
export { type FusedLibrary, findFusedLibrary } from "./backends/fused-library.js";
export { type Precision, precisions } from "./backends/ops.js";
export type { OperationTime } from "./backends/time-operations.js";
export { type TokenRow, type TrainingRow, tokenizeRow } from "./training/batches.js";
export { readEvaluations, type TrainingEvaluation } from "./training/evaluation.js";
export { openStepMeter, type StepMeter, type StepMeterOptions } from "./training/measure-steps.js";
export { describePlan, type MemoryPlan, residencies } from "./training/memory-plan.js";
export { profileSteps, type StepProfile } from "./training/profile-steps.js";
export { type LiveEvaluation, type TrainRequest, train } from "./training/train.js";
export { parseTrainOptions, type TrainOptions, trainOptionsSchema } from "./training/train-options.js";
export {
  readTrainingLog,
  readTrainResult,
  type TrainingStep,
  type TrainResult,
  trainingStepSchema,
} from "./training/training-log.js";
export { readTrainingRows, trainingRowOf } from "./training/training-rows.js";
export { openGgufSource } from "./transformer/gguf-source.js";
export { type LinearName, linearNames } from "./transformer/linears.js";
