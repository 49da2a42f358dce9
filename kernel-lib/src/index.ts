// kernel-lib: what notebooks import by name. A room's own door has more; this is what a cell needs.
export { buildCorpus, openBuiltCorpus, openCorpus } from "./corpus/index.js";
export {
  compareRounds,
  countRoots,
  datasetCard,
  demonstrationSimilarity,
  distinctN,
  domainLeakage,
  domainWords,
  exportAlpaca,
  exportJsonl,
  exportRows,
  labelBalance,
  lengthHistograms,
  measureRound,
  noveltyHistogram,
  readTriples,
  renderPrompt,
  seedOffspring,
  summarise,
  type Triple,
  toFrame,
  traceRow,
} from "./dataset/index.js";
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
export { presets, rejudgeInstructions, rejudgeResponses } from "./generate/index.js";
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
  labelsFigure,
  leakageFigure,
  lengths,
  loadPaperTables,
  lossCurve,
  nextTokens,
  noveltyFigure,
  offspringFigure,
  passagesFigure,
  rejectedTable,
  resultsTable,
  roundsFigure,
  scoresBesidePaper,
  scoresByTask,
  settingsTable,
  similarityFigure,
  stagesTable,
  trainingCurves,
  verbSunbursts,
} from "./report/index.js";
export { countTaskKinds, loadSeeds, nestedSubset, type Seed } from "./seeds/index.js";
