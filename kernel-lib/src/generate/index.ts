export { isAnswerFirst, renderAnswerFirstPrompt } from "./answer-first.js";
export { type AnswerForm, type AnswerForms, learnAnswerForms } from "./answer-forms.js";
export { randomDemonstrations, relatedDemonstrations } from "./demonstrations.js";
export { type InstructionPreset, instructionPresetSchema } from "./instruction-preset.js";
export { parseInstruction, renderInstructionPrompt, type ShownTask } from "./instruction-prompt.js";
export { type GenerateInstructionsOptions, generateInstructions } from "./instructions.js";
export { type GenerationPreset, presetSchema, presets } from "./preset.js";
export { type PromptFile, type PromptRecord, promptNames, promptRecord, readPrompt } from "./prompt-files.js";
export { type RejudgeChanges, rejudgeInstructions } from "./rejudge-instructions.js";
export { type JudgingChanges, rejudgeResponses } from "./rejudge-responses.js";
export { leversAtRest, type ResponsePreset, responsePresetSchema } from "./response-preset.js";
export {
  customResponsePrompt,
  parseResponse,
  type ResponsePrompt,
  type ResponsePromptParts,
  renderResponsePrompt,
  responsePromptFile,
} from "./response-prompt.js";
export { type GenerateResponsesOptions, generateResponses } from "./responses.js";
export {
  type Instruction,
  instructionSchema,
  type RawCompletion,
  type Response,
  rawCompletionSchema,
  responseSchema,
} from "./rows.js";
export type { StageResult } from "./stage-directory.js";
export type { Stopped } from "./stop-rule.js";
export { defaultSubDomains } from "./sub-domains.js";
