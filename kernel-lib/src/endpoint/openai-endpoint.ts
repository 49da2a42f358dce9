// The `openai` client as an Endpoint: a limit on requests in flight, retries where they help, and one clear line for each failure.

import { setTimeout as delay } from "node:timers/promises";
import OpenAI, { NotFoundError } from "openai";
import PQueue from "p-queue";
import pRetry from "p-retry";
import { z } from "zod";
import { clock, InputError, sha256File } from "../runtime/index.js";
import type { Completion, CompletionRequest, Endpoint } from "./endpoint.js";
import {
  explainFailure,
  type FailureContext,
  isRetryable,
  redact,
  retryAfterSeconds,
  UnreadableReply,
} from "./explain-failure.js";

/** The parts of a reply that are used. Not `strict`: servers add fields of their own. */
const completionReply = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        text: z.string(),
        finish_reason: z.string().nullish(),
        logprobs: z
          .looseObject({
            tokens: z.array(z.string()),
            token_logprobs: z.array(z.number().nullable()),
            top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullish(),
          })
          .nullish(),
      }),
    )
    .min(1),
  usage: z.looseObject({ prompt_tokens: z.number().int(), completion_tokens: z.number().int() }).nullish(),
});

function toCompletion(reply: unknown, latencyMs: number): Completion {
  const parsed = completionReply.safeParse(reply);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new UnreadableReply(
      typeof reply === "string" ? reply.slice(0, 80) : `${issue.path.join(".") || "reply"}: ${issue.message}`,
    );
  }
  const { choices, usage } = parsed.data;
  const choice = choices[0]!;
  const { logprobs } = choice;
  return {
    text: choice.text,
    finishReason: choice.finish_reason === "length" ? "length" : "stop",
    usage: { promptTokens: usage?.prompt_tokens ?? 0, completionTokens: usage?.completion_tokens ?? 0 },
    ...(logprobs && {
      logprobs: {
        tokens: logprobs.tokens,
        tokenLogprobs: logprobs.token_logprobs,
        topLogprobs: logprobs.tokens.map((_, index) => logprobs.top_logprobs?.[index] ?? {}),
      },
    }),
    latencyMs,
  };
}

export interface OpenAIEndpointOptions {
  baseURL: string;
  apiKey: string;
  apiKeyVariable: string;
  model: string;
  concurrency: number;
  description: string;
  timeoutSeconds: number;
  retries: number;
  fetch?: typeof fetch;
  /** What answers, where that is not the address: see {@link Endpoint.fingerprint}. */
  identity?: () => Promise<string>;
  close?: () => void;
}

export function createOpenAIEndpoint(options: OpenAIEndpointOptions): Endpoint {
  const { baseURL, apiKey, model, concurrency, description, timeoutSeconds, retries } = options;
  const client = new OpenAI({
    baseURL,
    apiKey,
    timeout: timeoutSeconds * 1000,
    maxRetries: 0,
    logLevel: "off",
    ...(options.fetch && { fetch: options.fetch }),
  });
  const queue = new PQueue({ concurrency });
  const secrets = [apiKey];
  const adapters = new Map<string, string>();
  const listModels = async (): Promise<string[]> => (await client.models.list()).data.map(({ id }) => id);

  /** The queue comes first: a request's time limit begins when it is sent. */
  async function send<T>(asked: string, signal: AbortSignal | undefined, request: () => Promise<T>): Promise<T> {
    const failure: FailureContext = { ...options, model: asked, secrets, listModels };
    try {
      return await queue.add(
        () =>
          pRetry(request, {
            retries,
            minTimeout: 500,
            maxTimeout: 8000,
            shouldRetry: ({ error }) => isRetryable(error),
            onFailedAttempt: async ({ error }) => {
              if (isRetryable(error)) await delay(retryAfterSeconds(error) * 1000);
            },
            ...(signal && { signal }),
          }),
        signal ? { signal } : {},
      );
    } catch (error) {
      throw await explainFailure(signal?.aborted ? new OpenAI.APIUserAbortError() : error, failure);
    }
  }

  return {
    baseURL,
    model,
    concurrency,
    description: redact(description, secrets),
    complete(request: CompletionRequest) {
      const asked = request.model ?? model;
      const { prompt, maxTokens, temperature, topP, seed, stop, logprobs, echo, signal } = request;
      const body: OpenAI.CompletionCreateParamsNonStreaming = {
        model: asked,
        prompt,
        max_tokens: maxTokens,
        temperature,
        ...(topP !== undefined && { top_p: topP }),
        ...(seed !== undefined && { seed }),
        ...(stop !== undefined && stop.length > 0 && { stop: [...stop] }),
        ...(logprobs !== undefined && { logprobs }),
        ...(echo !== undefined && { echo }),
      };
      return send(asked, signal, async () => {
        const began = clock.elapsed();
        return toCompletion(await client.completions.create(body, signal ? { signal } : {}), clock.elapsed() - began);
      });
    },
    async loadAdapter({ name, path }) {
      const digest = await sha256File(path).catch((error: unknown) => {
        throw new InputError(
          { got: `the adapter ${path} cannot be read`, todo: "train it first, or correct the path" },
          { cause: error },
        );
      });
      const adapter = `${model}:${name}-${digest.slice(0, 8)}`;
      adapters.set(adapter, digest);
      return send(model, undefined, async () => {
        if ((await listModels()).includes(adapter)) return adapter;
        await client.post("/load_lora_adapter", { body: { lora_name: adapter, lora_path: path } }).catch((error: unknown) => {
          if (!(error instanceof NotFoundError)) throw error;
          throw new InputError({
            got: `${baseURL} loads no adapters`,
            allowed: "the embedded server, or vLLM with runtime LoRA updating",
            todo: "serve the adapter there under its name",
          });
        });
        return adapter;
      });
    },
    async fingerprint(asked = model) {
      const server = options.identity ? await options.identity() : baseURL;
      return [server, asked, adapters.get(asked) ?? "no adapter"].join(" · ");
    },
    close: async () => options.close?.(),
  };
}
