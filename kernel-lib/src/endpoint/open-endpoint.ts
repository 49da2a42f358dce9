// One way to a model for the whole pipeline: any OpenAI-compatible address, or the embedded server.
import { InputError, type OnProgress, sha256File, startStage } from "../runtime/index.js";
import type { ApiKind } from "./api/model-api.js";
import { checkBaseURL } from "./base-url.js";
import type { Patience } from "./flow/breaker.js";
import type { Limits } from "./flow/flow.js";
import type { Timing } from "./flow/timing.js";
import { createOpenAIEndpoint, type OpenEndpoint } from "./openai-endpoint.js";
import { joinSharedServer } from "./shared-server.js";

export interface EmbeddedOptions {
  /** A GGUF file. */
  modelPath: string;
  /** Tokens of one sequence, prompt and answer together; 2,048 by default. */
  contextTokens?: number;
  /** Requests worked on at once; 32 by default, 8 on a machine with less than 12 GiB of memory. */
  sequences?: number;
  /** Measured when absent. */
  threads?: number;
}

export interface OpenEndpointOptions {
  /** Of an OpenAI-compatible server, `/v1` included; without it the embedded server is joined or started. */
  baseURL?: string;
  /** The environment variable that holds the key; OPENAI_API_KEY by default. */
  apiKeyVariable?: string;
  /** The base model's name. */
  model: string;
  /** Seconds for one request; 300 by default. The embedded server's requests share a processor, so there each has that for all at once. */
  timeoutSeconds?: number;
  /** Further tries after rate limits, server errors and broken connections; 4 by default. */
  retries?: number;
  /** Requests in flight to a server at `baseURL` at most, 16 by default; fewer while it throttles. */
  concurrency?: number;
  /** What a server at `baseURL` may be asked for in a minute; no limit by default. */
  limits?: Limits;
  /** How a server at `baseURL` takes prompts: as they are (`completions`, the default) or as one user message (`chat`). */
  api?: ApiKind;
  /** How long a server that throttles is waited for. */
  patience?: Patience;
  /** Where waiting and its clock come from; the process's by default. */
  timing?: Timing;
  embedded?: EmbeddedOptions;
  fetch?: typeof fetch;
  onProgress?: OnProgress;
}

/** Raised whenever the embedded server answers the same request in another way. */
const engineVersion = 1;

/** What the embedded server's answers depend on. */
async function embeddedIdentity({ modelPath, contextTokens }: EmbeddedOptions): Promise<string> {
  return `embedded ${engineVersion} · ${contextTokens ?? "default"} tokens · ${await sha256File(modelPath)}`;
}

/** @throws InputError unless each is a positive number; less than one request at once or a minute would never end. */
function checkLimits(limits: Limits & { concurrency: number }): void {
  for (const [name, value] of Object.entries(limits))
    if (!(value >= 1))
      throw new InputError({ got: `${name} ${value}`, allowed: "a number of at least 1", todo: "correct it or leave it out" });
}

/** @throws InputError for a malformed address or a missing model file; RunError when the embedded server cannot start. */
export async function openEndpoint(options: OpenEndpointOptions): Promise<OpenEndpoint> {
  const { model, baseURL, embedded } = options;
  const apiKeyVariable = options.apiKeyVariable ?? "OPENAI_API_KEY";
  const shared = {
    model,
    apiKeyVariable,
    timeoutSeconds: options.timeoutSeconds ?? 300,
    retries: options.retries ?? 4,
    ...(options.patience && { patience: options.patience }),
    ...(options.timing && { timing: options.timing }),
    ...(options.fetch && { fetch: options.fetch }),
  };
  if (baseURL !== undefined) {
    checkBaseURL(baseURL);
    const concurrency = options.concurrency ?? 16;
    checkLimits({ concurrency, ...options.limits });
    const apiKey = process.env[apiKeyVariable] ?? "none";
    return createOpenAIEndpoint({
      ...shared,
      baseURL,
      apiKey,
      concurrency,
      api: options.api ?? "completions",
      ...(options.limits && { limits: options.limits }),
      description: `${model} at ${baseURL}`,
    });
  }
  if (!embedded)
    throw new InputError({
      got: "neither a baseURL nor a model file",
      allowed: "one of them",
      todo: "set `baseURL` or choose a model",
    });
  const stage = startStage("model server", options.onProgress);
  const server = await joinSharedServer({ ...embedded, modelName: model });
  stage.finish(server.description);
  return createOpenAIEndpoint({
    ...shared,
    timeoutSeconds: shared.timeoutSeconds * server.sequences,
    baseURL: server.baseURL,
    apiKey: server.token,
    api: "completions",
    concurrency: server.sequences,
    fixed: true,
    knowsEchoFrom: true,
    description: server.description,
    identity: () => embeddedIdentity(embedded),
    close: server.leave,
  });
}
