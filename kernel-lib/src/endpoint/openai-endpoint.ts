// The `openai` client as an Endpoint: every request goes through one schedule (flow/), and each failure becomes one clear line.
import OpenAI, { BadRequestError, NotFoundError } from "openai";
import { clock, InputError } from "../runtime/index.js";
import { adapterDigest } from "./adapter-digest.js";
import { chatApi, type TokenLimitField } from "./api/chat-api.js";
import { completionsApi } from "./api/completions-api.js";
import { fingerprintOf } from "./api/fingerprint.js";
import type { ApiKind } from "./api/model-api.js";
import type { Completion, CompletionRequest, Endpoint } from "./endpoint.js";
import { explainFailure, type FailureContext, redact } from "./explain-failure.js";
import { createFlow, type FlowOptions, type FlowRequest } from "./flow/flow.js";
import { resetSeconds } from "./flow/wait-hint.js";

export interface OpenAIEndpointOptions extends FlowOptions {
  baseURL: string;
  apiKey: string;
  apiKeyVariable: string;
  model: string;
  api: ApiKind;
  description: string;
  timeoutSeconds: number;
  fetch?: typeof fetch;
  /** What answers, where that is not the address: see {@link Endpoint.fingerprint}. */
  identity?: () => Promise<string>;
  /** The server knows `echo_from`; others may refuse a field that is not OpenAI's. */
  knowsEchoFrom?: boolean;
  close?: () => void;
}

/** An endpoint whose line to the server can be watched and emptied. */
export type OpenEndpoint = Endpoint & Required<Pick<Endpoint, "traffic" | "dropWaiting">>;

/** The longest that a success with nothing left of a limit keeps the others back. */
const longestReset = 60;

/** By the rule of thumb of four characters a token; what was used replaces it as soon as the reply is there. */
const estimatedTokens = ({ prompt, maxTokens }: CompletionRequest): number => Math.ceil(prompt.length / 4) + maxTokens;

const usedTokens = ({ usage }: Completion): number | undefined => usage.promptTokens + usage.completionTokens || undefined;

/** The client never takes its listener off a signal; a stage has one signal for thousands of calls, so each call gets one of its own. */
async function withOwnSignal<T>(signal: AbortSignal | undefined, call: (own: AbortSignal) => Promise<T>): Promise<T> {
  const own = new AbortController();
  const abort = (): void => own.abort();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return await call(own.signal);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

export function createOpenAIEndpoint(options: OpenAIEndpointOptions): OpenEndpoint {
  const { baseURL, apiKey, model, concurrency, description, timeoutSeconds } = options;
  const client = new OpenAI({
    baseURL,
    apiKey,
    timeout: timeoutSeconds * 1000,
    maxRetries: 0,
    logLevel: "off",
    ...(options.fetch && { fetch: options.fetch }),
  });
  const flow = createFlow(options);
  let tokenLimitField: TokenLimitField = "max_tokens";
  const api = options.api === "chat" ? chatApi(() => tokenLimitField) : completionsApi;
  const secrets = [apiKey];
  const adapters = new Map<string, string>();
  const listModels = async (): Promise<string[]> => (await client.models.list()).data.map(({ id }) => id);

  async function run<T>(asked: string, request: FlowRequest<T>): Promise<T> {
    const failure: FailureContext = { ...options, model: asked, secrets, listModels };
    try {
      return await flow.run(request);
    } catch (error) {
      throw await explainFailure(request.signal?.aborted ? new OpenAI.APIUserAbortError() : error, failure);
    }
  }

  async function post(request: CompletionRequest, asked: string, pause: (seconds: number) => void): Promise<Completion> {
    const began = clock.elapsed();
    const { data, response } = await withOwnSignal(request.signal, (signal) =>
      client.post<unknown>(api.path, { body: api.body(request, asked), signal }).withResponse(),
    );
    pause(Math.min(longestReset, resetSeconds(response.headers) ?? 0));
    return { ...api.read(data), latencyMs: clock.elapsed() - began };
  }

  return {
    baseURL,
    model,
    concurrency,
    description: redact(description, secrets),
    traffic: flow.traffic,
    dropWaiting: flow.dropWaiting,
    async complete({ echoFrom, ...rest }: CompletionRequest) {
      const request: CompletionRequest = options.knowsEchoFrom && echoFrom !== undefined ? { ...rest, echoFrom } : rest;
      const asked = request.model ?? model;
      api.body(request, asked); // what the API cannot do is told before anything is sent
      return run(asked, {
        tokens: estimatedTokens(request),
        spent: usedTokens,
        ...(request.signal && { signal: request.signal }),
        async send(pause) {
          try {
            return await post(request, asked, pause);
          } catch (error) {
            const renamed = error instanceof BadRequestError && error.message.includes("max_completion_tokens");
            if (!renamed || api.kind !== "chat" || tokenLimitField === "max_completion_tokens") throw error;
            tokenLimitField = "max_completion_tokens";
            return post(request, asked, pause);
          }
        },
      });
    },
    async loadAdapter({ name, path }) {
      const digest = await adapterDigest(path).catch((error: unknown) => {
        throw new InputError(
          { got: `the adapter ${path} cannot be read`, todo: "train it first, or correct the path" },
          { cause: error },
        );
      });
      const adapter = `${model}:${name}-${digest.slice(0, 8)}`;
      adapters.set(adapter, digest);
      return run(model, {
        async send() {
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
        },
      });
    },
    async fingerprint(asked = model) {
      const server = options.identity ? await options.identity() : baseURL;
      return fingerprintOf({ server, api: api.kind, model: asked, adapter: adapters.get(asked) });
    },
    close: async () => options.close?.(),
  };
}
