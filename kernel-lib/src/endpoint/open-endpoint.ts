// One way to a model for the whole pipeline: any OpenAI-compatible address, or the embedded server.
import { InputError, type OnProgress, sha256File, startStage } from "../runtime/index.js";
import type { Endpoint } from "./endpoint.js";
import { createOpenAIEndpoint } from "./openai-endpoint.js";
import { joinSharedServer } from "./shared-server.js";

export interface EmbeddedOptions {
  /** A GGUF file. */
  modelPath: string;
  /** Tokens of one sequence, prompt and answer together; 2,048 by default. */
  contextTokens?: number;
  /** Requests worked on at once; 8 by default. */
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
  /** Seconds for one request; 300 by default. */
  timeoutSeconds?: number;
  /** Further tries after rate limits, server errors and broken connections; 4 by default. */
  retries?: number;
  /** Requests in flight to a server at `baseURL`; 16 by default. */
  concurrency?: number;
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

/** @throws InputError for a malformed address or a missing model file; RunError when the embedded server cannot start. */
export async function openEndpoint(options: OpenEndpointOptions): Promise<Endpoint> {
  const { model, baseURL, embedded } = options;
  const apiKeyVariable = options.apiKeyVariable ?? "OPENAI_API_KEY";
  const shared = {
    model,
    apiKeyVariable,
    timeoutSeconds: options.timeoutSeconds ?? 300,
    retries: options.retries ?? 4,
    ...(options.fetch && { fetch: options.fetch }),
  };
  if (baseURL !== undefined) {
    if (!/^https?:\/\/[^\s/]+/.test(baseURL))
      throw new InputError({
        got: `baseURL ${JSON.stringify(baseURL)}`,
        allowed: "an http or https address such as http://127.0.0.1:8000/v1",
        todo: "correct it",
      });
    const concurrency = options.concurrency ?? 16;
    const apiKey = process.env[apiKeyVariable] ?? "none";
    return createOpenAIEndpoint({ ...shared, baseURL, apiKey, concurrency, description: `${model} at ${baseURL}` });
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
    baseURL: server.baseURL,
    apiKey: server.token,
    concurrency: server.sequences,
    description: server.description,
    identity: () => embeddedIdentity(embedded),
    close: server.leave,
  });
}
