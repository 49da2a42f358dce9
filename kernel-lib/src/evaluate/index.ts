export type { AskingOptions } from "./asking/answer-questions.js";
export { type CountTokens, estimateTokens, tokenCounter } from "./asking/count-tokens.js";
export { type DrawnDemonstration, drawDemonstrations, shotPool } from "./asking/demonstrations.js";
export { type EvaluatedLikelihood, evaluateLikelihood, whyNoLikelihood } from "./asking/evaluate-likelihood.js";
export { type EvaluatedSystem, type EvaluateSystemOptions, evaluateSystem } from "./asking/evaluate-system.js";
export {
  type EvaluationPlan,
  type EvaluationPlanOptions,
  type PlannedQuestion,
  planEvaluation,
} from "./asking/evaluation-plan.js";
export { type Retrieve, type RetrievedPassage, withPassages } from "./asking/retrieved-passages.js";
export { checkTemplateParity, type TemplateParity, type TemplateParityOptions } from "./asking/template-parity.js";
export { trivialPredictions } from "./asking/trivial-predictions.js";
export { describeTruncations, type Truncation, truncationsOf } from "./asking/truncation.js";
export { type CheckedTask, type FindContaminationOptions, findContamination } from "./contamination/find-contamination.js";
export { comparedWords } from "./contamination/item-texts.js";
export { demonstrationRecord, passageRecord, type SearchedRecord, taskRecord } from "./contamination/records.js";
export {
  blockingFindings,
  type ContaminationFinding,
  type ContaminationReport,
  cleanItems,
  contaminationReportSchema,
  type FindingKind,
  findingKinds,
  type SourceKind,
  type TaskContamination,
} from "./contamination/report.js";
export { firstParagraph } from "./metrics/answer-text.js";
export { type AnswerReading, answeredItem } from "./metrics/answered-item.js";
export { countEntities, type EntityCounts, readEntityList, type WrittenEntity } from "./metrics/entity-f1.js";
export {
  type AnswerShape,
  type ExtractedAnswer,
  extractAnswer,
  extractionVersion,
  readAnswers,
} from "./metrics/extract-answer.js";
export { type AnsweredItem, allMetricNames, type Metric, metricByName } from "./metrics/metrics.js";
export { type MultilabelScores, multilabelScores } from "./metrics/multilabel.js";
export { numericMatch } from "./metrics/numeric-match.js";
export type { PairMetric, PairValues, ScoredPair } from "./metrics/pair-metric.js";
export { type FiledAnswer, publishedPredictionSchema, readAnswerFile } from "./metrics/prediction-file.js";
export type { ClassScore, ScoreAverages } from "./metrics/score-averages.js";
export { type PairScore, pairMetricByName, pairMetricNames, scorePairs } from "./metrics/score-pairs.js";
export { type Scheme, sequenceF1, taggedEntities } from "./metrics/sequence-f1.js";
export { answerTokens, boxParts, exactMatch, tokenF1, tokenOverlap } from "./metrics/token-f1.js";
export {
  countWithheld,
  isFormatted,
  type ScorableAnswer,
  tallyAnswer,
  type WithheldCounts,
  withheldCountsSchema,
} from "./metrics/withheld-counts.js";
export {
  type Difference,
  differenceSchema,
  type Likelihood,
  likelihoodSchema,
  type Prediction,
  predictionSchema,
  type Reading,
  readings,
  type Score,
  type Subset,
  scoreSchema,
} from "./rows.js";
export { averageMetric, averageTaskId, averageWithoutId, isAverage } from "./statistics/average.js";
export {
  type BootstrapOptions,
  type BootstrapResult,
  bootstrap,
  defaultResamples,
  interval95,
  percentile,
} from "./statistics/bootstrap.js";
export {
  type DetectableDifference,
  type DetectableOptions,
  detectableDifferences,
  minimumDetectableDifference,
  type Spread,
  spreadOf,
} from "./statistics/detectable.js";
export { type JudgedPart, type JudgedTable, type JudgeTableOptions, judgeTable } from "./statistics/judge-table.js";
export { mcnemarExact } from "./statistics/mcnemar.js";
export { bootstrapDifference, type PairedDifference, type PairedRows } from "./statistics/paired-difference.js";
export { type PairsInterval, pairsInterval } from "./statistics/pairs-interval.js";
export { type FileScore, type ScoreFileOptions, scoreFile } from "./statistics/score-file.js";
export { type ScoringOptions, scorePredictions } from "./statistics/score-predictions.js";
export { bootstrapP, holm, isSignificant } from "./statistics/significance.js";
export { clustersOf, type TalliedAnswer, type TaskPredictions } from "./statistics/tally-table.js";
export * from "./tasks/index.js";
export { folderSource } from "./tasks/open-task.js";
