export { type AnswerKind, type AnswerKinds, learnAnswerKinds } from "./answer-kinds.js";
export { type Calibration, type CalibrationBin, calibration } from "./calibration.js";
export { copyOfPassageRule, copyOfSeedRule } from "./copy-rules.js";
export { instructionRules, shortInputRule, statementRule, type TaskDraft } from "./instruction-rules.js";
export { type Judgement, type JudgeOptions, judgedRule, judgementSchema, judgeRows } from "./judge.js";
export { type JudgedTask, type JudgePrompt, judgePrompt } from "./judge-prompt.js";
export { type KeepFirstOptions, type KeepFirstRule, type KeepFirstState, noveltyRule, shingleRule } from "./keep-first.js";
export { keepNovel, type NovelLines } from "./keep-novel.js";
export { inventedSpanRule, leakedLabelRule } from "./leak-rules.js";
export { balanceLedger, describeLedger, type Ledger, ledgerSchema, type Rejection, rejectionSchema } from "./ledger.js";
export { createNearDuplicateIndex, type NearDuplicateOptions } from "./near-duplicates.js";
export { createNoveltyIndex, type Nearest, type NoveltyIndex } from "./novelty.js";
export { porterStem } from "./porter-stemmer.js";
export { type AnsweredTask, conflictingAnswers, responseRules } from "./response-rules.js";
export { lcsWith, type OverlapScore, overlapScore, rougeL, rougeTokens } from "./rouge-l.js";
export {
  type Breach,
  changeRules,
  firstBreach,
  type MeasuredRule,
  measuredRule,
  type Rule,
  type RuleChanges,
  wordCount,
} from "./rule.js";
export {
  applyRules,
  createSieve,
  type KeptRow,
  type Sieve,
  type Sieved,
  type SievedRow,
  type SieveOptions,
  type SieveVerdict,
} from "./sieve.js";
export { textLines } from "./text-lines.js";
export { type WhatIfOptions, whatIf } from "./what-if.js";
