export { instructionRules, shortInputRule, statementRule, type TaskDraft } from "./instruction-rules.js";
export { inventedSpanRule, leakedLabelRule } from "./leak-rules.js";
export { balanceLedger, describeLedger, type Ledger, ledgerSchema, type Rejection, rejectionSchema } from "./ledger.js";
export { createNoveltyIndex, type Nearest, type NoveltyIndex } from "./novelty.js";
export { porterStem } from "./porter-stemmer.js";
export { type AnsweredTask, conflictingAnswers, responseRules } from "./response-rules.js";
export { lcsWith, type OverlapScore, overlapScore, rougeL, rougeTokens } from "./rouge-l.js";
export { type Breach, firstBreach, type Rule, wordCount } from "./rule.js";
