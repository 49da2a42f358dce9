export { agreementTable, type ComparisonInput, changesTable, ledgersTable, passagesTable } from "./answer-tables.js";
export {
  answersTable,
  type ComparedAnswers,
  changedItemsTable,
  movesTable,
  type ShownAnswer,
  type ShownChange,
} from "./benchmark-answers-table.js";
export { itemTable, type ShownCounts, type ShownItem, type ShownPrompt } from "./benchmark-item-table.js";
export { givenLabelsTable, type ShownLabels } from "./benchmark-labels-table.js";
export { type BenchmarkRun, benchmarkRunsTable, benchmarkTasksTable } from "./benchmark-runs-table.js";
export { type CallsRow, callsTable } from "./calls-table.js";
export { findChromium, launchChromium } from "./chromium.js";
export { cleanTable } from "./clean-table.js";
export { contaminationTable } from "./contamination-table.js";
export { type DatasetColumn, datasetsTable } from "./datasets-table.js";
export { detectableTable } from "./detectable-table.js";
export { differencesTable } from "./differences-table.js";
export { type Figure, type Json, type JsonObject, roundNumbers } from "./figure.js";
export { type AblationInput, type AblationPoint, ablationFigure } from "./figure-ablation.js";
export { answerKindsFigure, type KindShare } from "./figure-benchmark-kinds.js";
export { funnel } from "./figure-funnel.js";
export { labelsFigure } from "./figure-labels.js";
export { leakageFigure } from "./figure-leakage.js";
export { countWords, lengths } from "./figure-lengths.js";
export { lossCurve, runningMean } from "./figure-loss.js";
export { type NextTokenInput, nextTokens } from "./figure-next-tokens.js";
export { noveltyFigure } from "./figure-novelty.js";
export { offspringFigure } from "./figure-offspring.js";
export { scoresBesidePaper } from "./figure-paper.js";
export { type PassageUseSet, passagesFigure } from "./figure-passages.js";
export { type RoundInput, roundsFigure } from "./figure-rounds.js";
export { scoresByTask } from "./figure-scores.js";
export { scoresOverShots } from "./figure-shots.js";
export { type SimilarityInput, similarityFigure } from "./figure-similarity.js";
export { type TrainingCurvesInput, trainingCurves } from "./figure-training.js";
export { type VerbSet, verbSunbursts } from "./figure-verbs.js";
export { whatIfFigure } from "./figure-what-if.js";
export { type ForecastInput, forecastTable } from "./forecast-table.js";
export { formatPoints } from "./format-score.js";
export { knobsTable } from "./knobs-table.js";
export {
  ablationTable,
  backendsTable,
  baseLossOf,
  type FormRow,
  formsTable,
  type HeldOutLosses,
  heldOutTable,
  type SettingRow,
  settingsTable,
} from "./lora-tables.js";
export { type OriginsInput, originsTable } from "./origins-table.js";
export {
  findPaperValue,
  loadPaperTable,
  type PaperTable,
  type PaperTableId,
  type PaperValue,
  paperTableIds,
} from "./paper.js";
export { loadPaperTables, type PaperTables } from "./paper-comparison.js";
export { paperTable } from "./paper-table.js";
export { readingsTable } from "./readings-table.js";
export { type RenderedFigure, renderFigure, stableIds } from "./render-figure.js";
export { type DrawnFigure, openRenderer, type Renderer } from "./renderer.js";
export type { ReportInput, ResultsInput, RunMeta, StageSeconds, TaskOrigin, TrainingLog, TrainingPoint } from "./report-input.js";
export { formatSeconds, keptTable, ledgerTable, rejectedTable, stagesTable } from "./report-tables.js";
export { headlineSystem } from "./results-rows.js";
export { resultsTable } from "./results-table.js";
export { kindsTable, subsetsTable } from "./seed-tables.js";
export { type Table, type TableCell, type TableColumn, tableFromRecords } from "./table.js";
export { escapeHtml, renderHtml } from "./table-html.js";
export { renderMarkdown } from "./table-markdown.js";
export { renderTerminal, type TerminalStyle, terminalStyle } from "./table-terminal.js";
export { traceTable } from "./trace-table.js";
export { verdictsTable } from "./verdicts-table.js";
export { type WhatIfRow, whatIfTable } from "./what-if-table.js";
export { runFigures, type WrittenReport, writeReport } from "./write-report.js";
