// What every other room codes against: a language model behind an OpenAI-compatible address.
import type { Traffic } from "./flow/flow.js";
import type { Usage } from "./usage.js";

export interface CompletionRequest {
  prompt: string;
  /** Defaults to the endpoint's own model; a LoRA adapter is the name that `loadAdapter` returned. */
  model?: string;
  /** At most this many new tokens; 0 is allowed with `echo` only. */
  maxTokens: number;
  /** 0 is greedy. */
  temperature: number;
  /** Nucleus mass; 1 by default. No other truncation and no repetition penalty is ever applied. */
  topP?: number;
  /** Fixes the sampler: the same request gives the same text at any concurrency. */
  seed?: number;
  /** Which of several samples of one otherwise equal request this is, from 0; tells them apart in the call cache. Default 0. */
  sample?: number;
  /** The text ends before the first of these; they are not part of it. */
  stop?: readonly string[];
  /** How many likeliest tokens to report at each position, from the full softmax at temperature 1. */
  logprobs?: number;
  /** Returns the prompt in front of the text, with its log-probabilities where `logprobs` is given. */
  echo?: boolean;
  /**
   * With `echo` and `logprobs`: the prompt's scores are wanted from the token that holds this character (UTF-16) on. It spares the
   * embedded server what comes before; other servers are not told, and score the whole prompt.
   */
  echoFrom?: number;
  signal?: AbortSignal;
}

export interface CompletionLogprobs {
  tokens: string[];
  /** Natural logarithm; null for the first token of an echoed prompt, and before `echoFrom`. */
  tokenLogprobs: (number | null)[];
  topLogprobs: Record<string, number>[];
  /** Where each token begins in `text` (UTF-16 from the embedded server), from servers that tell it. */
  textOffsets?: number[];
}

export interface Completion {
  text: string;
  finishReason: "stop" | "length";
  usage: Usage;
  logprobs?: CompletionLogprobs;
  /** From sending to reading the reply; 0 where a batch answered. */
  latencyMs: number;
}

export interface Endpoint {
  readonly baseURL: string;
  /** The base model's name. */
  readonly model: string;
  /** How many requests the server works on at once; sending more is allowed, they wait. */
  readonly concurrency: number;
  /** It answers in batches, up to a day later: ask at once all that can be asked. What was submitted is collected by the next process. */
  readonly inBatches?: boolean;
  /** One line for the log: the server, its file, its threads and how they were chosen. */
  readonly description: string;
  complete(request: CompletionRequest): Promise<Completion>;
  /**
   * Names what answers for a model (default: the base), so that equal fingerprints give equal answers: the server's address, or file hash,
   * context and engine of the embedded one; the model's name; the SHA-256 of its adapter. Holds no key and no path.
   */
  fingerprint(model?: string): Promise<string>;
  /** Makes a LoRA adapter (GGUF) known to the server; returns its model name, `<base>:<name>`. */
  loadAdapter(options: { name: string; path: string }): Promise<string>;
  /** What the line to the server is doing now, where there is one. */
  traffic?(): Traffic;
  /** Ends with a StoppedError what waits to be sent, be it for the first or another time; what is on its way is answered. */
  dropWaiting?(): void;
  /** Lets go of the server; an embedded one ends with its last user. */
  close(): Promise<void>;
}
