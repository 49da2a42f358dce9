export { type BootstrapOptions, type BootstrapResult, bootstrap, interval95, percentile } from "./statistics/bootstrap.js";
export { comparePredictions } from "./statistics/compare-predictions.js";
export { drawDemonstrations, estimateTokens, fitDemonstrations } from "./asking/demonstrations.js";
export { countEntities, type EntityCounts, entityF1, readEntityList, type WrittenEntity } from "./metrics/entity-f1.js";
export { type EvaluatedSystem, type EvaluateSystemOptions, evaluateSystem } from "./asking/evaluate-system.js";
export { type EvaluationPlan, type EvaluationPlanOptions, type PlannedQuestion, planEvaluation } from "./asking/evaluation-plan.js";
export { type AnswerShape, type ExtractedAnswer, extractAnswer, firstParagraph } from "./metrics/extract-answer.js";
export { averageTaskId, type MacroAverageOptions, macroAverage, macroDifference } from "./statistics/macro-average.js";
export { type AnsweredItem, allMetricNames, type Metric, metricByName } from "./metrics/metrics.js";
export { type MultilabelScores, multilabelScores } from "./metrics/multilabel.js";
export { type Difference, differenceSchema, type Prediction, predictionSchema, type Score, scoreSchema } from "./rows.js";
export type { ClassScore, ScoreAverages } from "./metrics/score-averages.js";
export { type FileScore, type ScoreFileOptions, scoreFile } from "./metrics/score-file.js";
export { type ScoringOptions, scorePredictions } from "./statistics/score-predictions.js";
export { type Scheme, sequenceF1, taggedEntities } from "./metrics/sequence-f1.js";
export type { TaskPredictions } from "./statistics/tally-table.js";
export * from "./tasks/index.js";
export { answerTokens, boxParts, exactMatch, tokenF1, tokenOverlap } from "./metrics/token-f1.js";
export { trivialPredictions } from "./asking/trivial-predictions.js";
export {
  blockingFindings,
  type ContaminationFinding,
  type ContaminationReport,
  cleanItems,
  contaminationReportSchema,
  type FindingKind,
  findingKinds,
  type SourceKind,
  sourceKinds,
  type TaskContamination,
} from "./contamination/report.js";
