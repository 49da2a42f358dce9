// The Batch API behind the face of an endpoint, so that a stage need not know: questions gather while they keep coming, then go out
// together.
import { InputError, StoppedError } from "../../runtime/index.js";
import { fingerprintOf } from "../api/fingerprint.js";
import { checkBaseURL } from "../base-url.js";
import type { Completion, CompletionRequest, Endpoint } from "../endpoint.js";
import { realTiming } from "../flow/timing.js";
import type { BatchOptions } from "./batch-client.js";
import { completeBatch } from "./complete-batch.js";

interface Waiting {
  request: CompletionRequest;
  resolve(completion: Completion): void;
  reject(error: unknown): void;
}

export interface BatchEndpointOptions extends Omit<BatchOptions, "signal"> {
  /** Seconds without a further question after which those that wait are sent; 2 by default. */
  gatherSeconds?: number;
}

/**
 * Ask all questions at once (`concurrency` says how many): what is asked one after the other costs a batch each, up to a day. A question
 * that the server failed at is rejected with a FailedRequest, a batch that did not end well rejects the questions left in it.
 * @throws InputError for an address that is none.
 */
export function openBatchEndpoint(options: BatchEndpointOptions): Endpoint {
  const { baseURL, model, api = "chat", gatherSeconds = 2, timing = realTiming } = options;
  checkBaseURL(baseURL);
  let waiting: Waiting[] = [];
  let busy = false;

  async function answer(asked: readonly Waiting[]): Promise<void> {
    const open = new Map(asked.map((one, index) => [String(index), one]));
    const stop = new AbortController();
    const leave = (): void => {
      if ([...open.values()].every(({ request: { signal } }) => signal?.aborted)) stop.abort();
    };
    const signals = new Set(asked.flatMap(({ request: { signal } }) => signal ?? []));
    for (const signal of signals) signal.addEventListener("abort", leave, { once: true });
    leave();
    try {
      const requests = [...open].map(([customId, { request }]) => ({ customId, request }));
      for await (const one of completeBatch({ ...options, requests, signal: stop.signal })) {
        const { resolve, reject } = open.get(one.customId)!;
        open.delete(one.customId);
        if ("completion" in one) resolve(one.completion);
        else reject(one.failure);
      }
    } catch (error) {
      for (const { reject } of open.values()) reject(error);
    } finally {
      for (const signal of signals) signal.removeEventListener("abort", leave);
    }
  }

  /** Sends what waits, one batch run after the other, until nothing is left. */
  async function work(): Promise<void> {
    if (busy) return;
    busy = true;
    while (waiting.length > 0) {
      for (let before = 0; before < waiting.length; ) {
        before = waiting.length;
        await timing.wait(gatherSeconds * 1000);
      }
      const asked = waiting;
      waiting = [];
      await answer(asked);
    }
    busy = false;
  }

  return {
    baseURL,
    model,
    concurrency: options.maxRequests ?? 50_000,
    inBatches: true,
    description: `${model} at ${baseURL}, in batches`,
    complete: (request) =>
      new Promise((resolve, reject) => {
        if (request.signal?.aborted) return reject(new StoppedError("a completion"));
        waiting.push({ request, resolve, reject });
        void work();
      }),
    fingerprint: async (asked = model) => fingerprintOf({ server: baseURL, api, model: asked }),
    loadAdapter: async () => {
      throw new InputError({
        got: `${baseURL} takes no adapters in batches`,
        allowed: "models that the server lists",
        todo: "tune there, or use an endpoint of your own",
      });
    },
    close: async () => {},
  };
}
