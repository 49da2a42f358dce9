// kernel-lib: what notebooks import by name. A room's own door has more; this is what a cell needs.
export { buildCorpus, openBuiltCorpus, openCorpus } from "./corpus/index.js";
export { exportAlpaca, exportJsonl, renderPrompt, summarise, type Triple, toFrame } from "./dataset/index.js";
export { type Endpoint, openEndpoint } from "./endpoint/index.js";
export { benchmarkTasks, openTask, scoreFile } from "./evaluate/index.js";
export {
  ablate,
  compareAdapterForms,
  type ExperimentConfig,
  findBackends,
  loadExperiment,
  lookInside,
  measureSettings,
  openRun,
  openTuningLab,
  possibleSettings,
  type Run,
  type RunResult,
  reopenRun,
  type TuningLab,
  trainOnce,
} from "./experiments/index.js";
export { rougeL } from "./filter/index.js";
export { presets, rejudgeInstructions } from "./generate/index.js";
export { backendReport } from "./lora/index.js";
export { listModels } from "./models/index.js";
export { announceRun, expectError, notebookParams, show, showFigure, showProgress } from "./notebook/index.js";
export {
  ablationFigure,
  ablationTable,
  backendsTable,
  baseLossOf,
  differencesTable,
  formsTable,
  funnel,
  heldOutTable,
  keptTable,
  lengths,
  loadPaperTables,
  lossCurve,
  nextTokens,
  rejectedTable,
  resultsTable,
  scoresBesidePaper,
  scoresByTask,
  settingsTable,
  stagesTable,
  trainingCurves,
} from "./report/index.js";
export { countTaskKinds, loadSeeds, nestedSubset, type Seed } from "./seeds/index.js";
