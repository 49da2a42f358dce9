// A request that has a slot: its samplers, its text so far, and the scores of its prompt.
import { randomInt } from "node:crypto";
import type { Generation, GenerationRequest } from "./generation.js";
import type { LoadedModel } from "./loaded-model.js";
import type { NativeSampler, SamplerConfig } from "./native-context.js";
import { firstUnscored, type ScoredSpan, type SlotState } from "./prefix-match.js";
import type { PromptTask } from "./prompt-batches.js";
import { createTextStream, type TextStream } from "./text-stream.js";
import type { TokenScore } from "./token-scores.js";

export interface KeptScores extends ScoredSpan {
  values: readonly TokenScore[];
}

/** The state of one sequence of the context; `id` changes when its memory moves to another sequence. */
export interface Slot extends SlotState {
  id: number;
  busy: boolean;
  adapter: string | undefined;
  cached: readonly number[];
  scores: KeptScores | undefined;
  lastUsed: number;
}

export interface Job {
  request: GenerationRequest;
  resolve: (generation: Generation) => void;
  reject: (error: unknown) => void;
}

export interface RunningJob extends Job, PromptTask {
  readonly slot: Slot;
  readonly sampler: NativeSampler;
  /** Reads the raw logits, where scores are asked for. One a job: a sampler's buffer must not be used by two threads. */
  readonly scorer: NativeSampler | undefined;
  readonly stream: TextStream;
  /** Scores of the prompt's first tokens from `scorePromptFrom` on that the slot kept. */
  readonly kept: readonly TokenScore[];
  readonly cachedTokens: number;
  text: string;
  scores: TokenScore[];
  generated: number;
  next: number;
}

/** Which part of a request's prompt is scored; undefined for none. */
export function scoringOf({ scorePromptFrom, topLogprobs }: GenerationRequest): { from: number; top: number } | undefined {
  return scorePromptFrom === undefined || topLogprobs === undefined ? undefined : { from: scorePromptFrom, top: topLogprobs };
}

function samplerConfig(request: GenerationRequest): SamplerConfig {
  const { temperature, topP, topK, minP } = request;
  if (temperature <= 0) return { temperature: 0 };
  const seed = request.seed ?? randomInt(2 ** 31);
  return {
    temperature,
    seed: seed >>> 0,
    ...(topP !== undefined && topP < 1 && { topP }),
    ...(topK !== undefined && topK > 0 && { topK }),
    ...(minP !== undefined && minP > 0 && { minP }),
  };
}

/** The job with what it works with; the slot's memory holds its first `reused` tokens. */
export function startJob(job: Job, { slot, reused, model }: { slot: Slot; reused: number; model: LoadedModel }): RunningJob {
  const { request } = job;
  const { tokens, topLogprobs } = request;
  const wanted = scoringOf(request);
  const scorer = topLogprobs === undefined ? undefined : model.native.createSampler({ temperature: 0 });
  const unscored = wanted && Math.max(1, firstUnscored(slot, wanted, reused + 1));
  const known = wanted && slot.scores?.top === wanted.top && slot.scores.from <= wanted.from ? slot.scores : undefined;
  const kept = known?.values.slice(wanted!.from - known.from, unscored! - known.from) ?? [];
  const nothingPredictsIt: TokenScore[] = wanted?.from === 0 ? [{ token: tokens[0]!, logprob: null, top: [] }] : [];
  return {
    ...job,
    slot,
    get sequence() {
      return slot.id;
    },
    tokens,
    signal: request.signal,
    evaluated: reused,
    ...(wanted && { scoring: { from: unscored!, top: wanted.top, scorer: scorer!, read: [] } }),
    sampler: model.native.createSampler(samplerConfig(request)),
    scorer,
    stream: createTextStream({ before: tokens.slice(-4), stop: request.stop, detokenize: model.detokenize }),
    kept: kept.length > 0 ? kept : nothingPredictsIt,
    cachedTokens: reused,
    text: "",
    scores: [],
    generated: 0,
    next: -1,
  };
}

/** The scores from `scorePromptFrom` on that are known when the job ends, for its slot to keep. */
export function keptScores({ request, kept, scoring }: RunningJob): KeptScores | undefined {
  const wanted = scoringOf(request);
  return wanted && { ...wanted, values: [...kept, ...(scoring?.read ?? [])] };
}

/** One entry a prompt token where the prompt is scored. */
export function promptScores(job: RunningJob): TokenScore[] {
  const scores = keptScores(job);
  if (!scores) return [];
  return [...job.tokens.slice(0, scores.from).map((token) => ({ token, logprob: null, top: [] })), ...scores.values];
}
