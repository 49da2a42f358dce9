// An endpoint in front of another one: what was answered before is answered from the cache, and nobody is asked.
import { clock, throwIfStopped } from "../../runtime/index.js";
import { adapterDigest } from "../adapter-digest.js";
import type { Completion, CompletionRequest, Endpoint } from "../endpoint.js";
import type { Usage } from "../usage.js";
import { type Answerer, answererId } from "./answerer.js";
import type { CallCache } from "./call-cache.js";
import { callKey } from "./call-key.js";
import { openCallLog } from "./call-log.js";
import { recordCompletion, restoreCompletion } from "./call-record.js";
import { SharedCalls } from "./shared-calls.js";

export interface CacheStatistics {
  /** Answered from the cache. */
  hits: number;
  /** Asked and answered by the endpoint behind. */
  misses: number;
  /** Answered by a call that was in flight for somebody else. */
  shared: number;
  /** Records that could not be read, whose calls were made again and written anew. */
  unreadable: number;
  /** Tokens that hits and shared calls did not spend. */
  saved: Usage;
}

export interface CacheCallsOptions {
  cache: CallCache;
  /** A JSON Lines file to which the key of every answered call is added: `calls.jsonl` of a run's folder. */
  log?: string | undefined;
  /** Told of every record that cannot be read, in one line; the call is made again. */
  onUnreadable?: ((line: string) => void) | undefined;
}

export interface CachedEndpoint extends Endpoint {
  stats(): CacheStatistics;
}

/**
 * Answers each request once and for all. Errors are never kept; identical requests in flight share one call, of which each may be aborted alone;
 * an answer is on disk before it is given. Closing it closes the endpoint behind, not the cache.
 */
export function cacheCalls(endpoint: Endpoint, { cache, log: logPath, onUnreadable }: CacheCallsOptions): CachedEndpoint {
  const log = logPath === undefined ? undefined : openCallLog(logPath);
  const calls = new SharedCalls<Completion>();
  const fingerprints = new Map<string, Promise<string>>();
  const adapters = new Map<string, NonNullable<Answerer["adapter"]>>();
  const counts = { hits: 0, misses: 0, shared: 0, unreadable: 0 };
  const saved = { promptTokens: 0, completionTokens: 0 };

  const save = ({ usage }: Completion): void => {
    saved.promptTokens += usage.promptTokens;
    saved.completionTokens += usage.completionTokens;
  };

  /** Asked for once a model: it may read a whole model file. */
  function fingerprint(model = endpoint.model): Promise<string> {
    const known = fingerprints.get(model) ?? endpoint.fingerprint(model);
    fingerprints.set(model, known);
    known.catch(() => fingerprints.delete(model));
    return known;
  }

  function fromCache(key: string, request: CompletionRequest): Completion | undefined {
    const found = cache.get(key);
    if (found === undefined) return undefined;
    if ("record" in found) return restoreCompletion(request, found.record);
    counts.unreadable++;
    onUnreadable?.(`call cache: record ${key} cannot be read (${found.unreadable}); asking again`);
    return undefined;
  }

  async function ask(key: string, request: CompletionRequest, answerer: Answerer, signal: AbortSignal): Promise<Completion> {
    const completion = await endpoint.complete({ ...request, signal });
    counts.misses++;
    const record = recordCompletion(request, completion, {
      answerer: answererId(answerer.fingerprint),
      date: clock.isoDate(),
    });
    await cache.put(key, record, answerer);
    return completion;
  }

  return {
    baseURL: endpoint.baseURL,
    model: endpoint.model,
    get concurrency() {
      return endpoint.concurrency;
    },
    description: endpoint.description,
    ...(endpoint.inBatches && { inBatches: true }),
    ...(endpoint.traffic && { traffic: () => endpoint.traffic!() }),
    ...(endpoint.dropWaiting && { dropWaiting: () => endpoint.dropWaiting!() }),
    fingerprint,
    async complete(request) {
      const { signal } = request;
      const model = request.model ?? endpoint.model;
      throwIfStopped(signal, "a completion");
      const who = { model, fingerprint: await fingerprint(model) };
      const key = callKey(request, who);
      const known = fromCache(key, request);
      if (known) {
        counts.hits++;
        save(known);
        log?.add(key);
        return known;
      }
      const adapter = adapters.get(model);
      const answerer = { ...who, base: endpoint.model, concurrency: endpoint.concurrency, ...(adapter && { adapter }) };
      let asked = false;
      const completion = await calls.join(key, signal, (together) => {
        asked = true;
        return ask(key, request, answerer, together);
      });
      if (!asked) {
        counts.shared++;
        save(completion);
      }
      log?.add(key);
      return completion;
    },
    async loadAdapter({ name, path }) {
      const model = await endpoint.loadAdapter({ name, path });
      fingerprints.delete(model);
      adapters.set(model, { name, sha256: await adapterDigest(path) });
      return model;
    },
    stats: () => ({ ...counts, saved: { ...saved } }),
    async close() {
      log?.close();
      await endpoint.close();
    },
  };
}
