export { randomDemonstrations, relatedDemonstrations } from "./demonstrations.js";
export { parseInstruction, renderInstructionPrompt } from "./instruction-prompt.js";
export { type GenerateInstructionsOptions, generateInstructions } from "./instructions.js";
export { type GenerationPreset, presetSchema, presets } from "./preset.js";
export { type PromptFile, type PromptRecord, promptNames, promptRecord, readPrompt } from "./prompt-files.js";
export { leversAtRest, type ResponsePreset, responsePresetSchema } from "./response-preset.js";
export { parseResponse, renderResponsePrompt } from "./response-prompt.js";
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
