// A client for OpenAI's Batch API: the `openai` client behind the same schedule as single requests, so that polling for a day survives
// throttling and broken connections.
import OpenAI from "openai";
import type { OnProgress } from "../../runtime/index.js";
import { chatApi, type TokenLimitField } from "../api/chat-api.js";
import { completionsApi } from "../api/completions-api.js";
import type { ApiKind, ModelApi } from "../api/model-api.js";
import { checkBaseURL } from "../base-url.js";
import { explainFailure } from "../explain-failure.js";
import { createFlow } from "../flow/flow.js";
import { realTiming, type Timing } from "../flow/timing.js";

export interface BatchOptions {
  /** Of an OpenAI-compatible server that has `/files` and `/batches`, `/v1` included. */
  baseURL: string;
  /** The environment variable that holds the key; OPENAI_API_KEY by default. */
  apiKeyVariable?: string;
  /** The base model's name. */
  model: string;
  /** "chat" by default, the only one that most services take in batches. */
  api?: ApiKind;
  /** How a chat model calls the limit of new tokens; max_tokens by default. A batch cannot find it out by itself. */
  tokenLimitField?: TokenLimitField;
  /** Holds the journal of submitted batches: with it, the next process collects instead of paying again. */
  directory: string;
  /** Seconds between two looks at a batch; 30 by default. */
  pollSeconds?: number;
  /** Seconds for one call; 300 by default. */
  timeoutSeconds?: number;
  /** Further tries of one call; 8 by default. */
  retries?: number;
  /** Requests in one batch at most; 50,000 by default, as OpenAI has it. */
  maxRequests?: number;
  /** Bytes of one input file at most; 100 million by default. */
  maxBytes?: number;
  fetch?: typeof fetch;
  timing?: Timing;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

export interface BatchClient {
  baseURL: string;
  api: ModelApi;
  timing: Timing;
  /** One call, tried again where that helps; `again` says that an earlier try may have reached the server. */
  call<T>(send: (client: OpenAI, again: boolean) => Promise<T>): Promise<T>;
  /** The error to show for a client's error or a FlowFailure. */
  explain(error: unknown, model?: string): Promise<Error>;
}

export function createBatchClient(options: BatchOptions): BatchClient {
  const { baseURL, apiKeyVariable = "OPENAI_API_KEY", model, timeoutSeconds = 300, retries = 8, signal } = options;
  checkBaseURL(baseURL);
  const timing = options.timing ?? realTiming;
  const apiKey = process.env[apiKeyVariable] ?? "none";
  const client = new OpenAI({
    baseURL,
    apiKey,
    timeout: timeoutSeconds * 1000,
    maxRetries: 0,
    logLevel: "off",
    ...(options.fetch && { fetch: options.fetch }),
  });
  const flow = createFlow({ concurrency: 1, fixed: true, retries, timing });
  const listModels = async (): Promise<string[]> => (await client.models.list()).data.map(({ id }) => id);
  const explain = (error: unknown, asked = model): Promise<Error> =>
    explainFailure(error, { baseURL, apiKeyVariable, timeoutSeconds, model: asked, secrets: [apiKey], listModels });
  return {
    baseURL,
    timing,
    api: options.api === "completions" ? completionsApi : chatApi(() => options.tokenLimitField ?? "max_tokens"),
    explain,
    async call(send) {
      let again = false;
      try {
        return await flow.run({
          ...(signal && { signal }),
          send: () => {
            const sent = send(client, again);
            again = true;
            return sent;
          },
        });
      } catch (error) {
        throw await explain(signal?.aborted ? new OpenAI.APIUserAbortError() : error);
      }
    },
  };
}
