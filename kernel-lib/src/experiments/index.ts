export { type AnswerShare, answerShares } from "./benchmark-lab/answer-shares.js";
export { type ChangedItem, type ChangedItems, changedItems, mostChanged } from "./benchmark-lab/changed-items.js";
export { detectableIn } from "./benchmark-lab/detectable.js";
export { type GivenLabels, givenLabels } from "./benchmark-lab/given-labels.js";
export { type ItemTrace, traceItem } from "./benchmark-lab/item-trace.js";
export {
  type AnswerFilter,
  type AnswerKind,
  type JudgedAnswer,
  judgeAnswers,
} from "./benchmark-lab/judge-answers.js";
export type { LocalItems } from "./benchmark-lab/local-items.js";
export { type Benchmarks, openBenchmarks } from "./benchmark-lab/open-benchmarks.js";
export { ownPrompt } from "./benchmark-lab/own-prompt.js";
export type { ChildLine } from "./child-process.js";
export { chooseSize, type RunChanges } from "./choose-size.js";
export { type Budget, type ExperimentConfig, type RunConfig, type SizeName, sizeNames } from "./config.js";
export { cleanForAll, readContamination } from "./contamination-gate.js";
export { type StageName, stageNames } from "./corridor.js";
export { type ComparedFile, compareFiles, type SealedRun, sealRun } from "./data-lab/bundle.js";
export { cardFlaws, cardHead } from "./data-lab/card-parts.js";
export { commonRules } from "./data-lab/common-rules.js";
export { type AnswerComparison, answersOf, type ChangedAnswer, compareAnswers } from "./data-lab/compare-answers.js";
export { type CallCount, type CountedExecution, executeCounted } from "./data-lab/count-calls.js";
export { examplePrompt } from "./data-lab/example-prompt.js";
export { type DataLab, emptyCopyOf, openDataLab, previewOf, variantOf } from "./data-lab/lab.js";
export { type Dataset, openDataset } from "./data-lab/open-dataset.js";
export { type GenerationOutlook, generationOutlook } from "./data-lab/outlook.js";
export { parquetRoundTrip, type RoundTrip } from "./data-lab/parquet-round-trip.js";
export { type RootSets, rootSets } from "./data-lab/root-sets.js";
export { type RowOrigins, rowOrigins } from "./data-lab/row-origins.js";
export { leakageBetween, similarityToDemonstrations } from "./data-lab/set-measures.js";
export { type TelltaleRow, telltaleRows } from "./data-lab/telltale-rows.js";
export { type JudgedAgain, whatIfGrid } from "./data-lab/what-if-grid.js";
export { whatIfNovelty } from "./data-lab/what-if-novelty.js";
export { detectableOptions } from "./detectable.js";
export { scoreFinishedTasks } from "./evaluate-stage.js";
export { comparisonsOf } from "./evaluated-systems.js";
export { findMeasuredRun, forecastMinutes, planWork, type WorkPlan } from "./forecast.js";
export { knownExperiments, loadExperiment } from "./load-config.js";
export { forecastMoney, type MoneyForecast, sumOfMoney } from "./money-forecast.js";
export { chooseTasks, type OpenEvaluationOptions, openEvaluation } from "./open-evaluation.js";
export { pricesOf, uncountedServers } from "./priced-servers.js";
export { publishRun } from "./publish.js";
export { type PublishDatasetOptions, publishDataset } from "./publish-dataset.js";
export { writeRunReport } from "./report-stage.js";
export { type Result, readRegistry, registerResults, resultSchema } from "./results-registry.js";
export { type ExecuteOptions, type OpenRunOptions, openRun, type Run, reopenRun } from "./run.js";
export { RunDirectory, type StageSeconds } from "./run-directory.js";
export type { RunResult } from "./run-result.js";
export { parseSetting } from "./settings.js";
export { type TunedSystem, tunedSystems } from "./systems.js";
export { forecastTokens, type Range, type StageForecast } from "./token-forecast.js";
export { type AblationRow, ablate } from "./tuning-lab/ablate.js";
export type { FormDifference } from "./tuning-lab/compare-forms.js";
export { openTuningLab, type TuningLab } from "./tuning-lab/lab.js";
export {
  findBackends,
  type MeasuredSetting,
  measureSettings,
  possibleSettings,
  type Setting,
} from "./tuning-lab/measure-settings.js";
export type { NextToken, PredictResult } from "./tuning-lab/predict.js";
export { compareAdapterForms, type LabTraining, lookInside, trainOnce } from "./tuning-lab/train-once.js";
