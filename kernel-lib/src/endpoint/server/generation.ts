// One request to the engine, and what comes of it.
import type { TokenScore } from "./token-scores.js";

export interface GenerationRequest {
  tokens: readonly number[];
  adapter?: string;
  maxTokens: number;
  temperature: number;
  topP?: number;
  topK?: number;
  minP?: number;
  seed?: number;
  stop: readonly string[];
  /** Likeliest tokens to report at each position; undefined for no scores at all. */
  topLogprobs?: number;
  /** Scores the prompt too (with `topLogprobs`), from this token on; undefined does not. */
  scorePromptFrom?: number;
  signal: AbortSignal;
  onText?: (delta: string) => void;
}

export interface Generation {
  text: string;
  finishReason: "stop" | "length";
  /** One a prompt token where the prompt is scored; without a log-probability before `scorePromptFrom`. */
  promptScores: TokenScore[];
  scores: TokenScore[];
  completionTokens: number;
  /** Prompt tokens that were found in memory. */
  cachedTokens: number;
}

/** The client closed its connection: nobody waits for the answer. */
export class AbandonedRequest extends Error {}
