// Sends planned requests in lanes. A lane is a list of requests that share a prompt prefix and run one after another, so that the server
// slot that holds the prefix meets the next request of the same lane; as many lanes run side by side as the endpoint has room for.
import { setMaxListeners } from "node:events";
import { type JsonlLog, StoppedError } from "../runtime/index.js";
import type { RawCompletion } from "./rows.js";

export interface PlannedRequest {
  key: string;
  /** Asks the endpoint, in one call or several. */
  send(signal: AbortSignal): Promise<Omit<RawCompletion, "key">>;
}

/**
 * Runs every request whose key is not yet in the log, and logs each completion as it arrives, before `onCompletion` sees it.
 * Ends early once `isDone` says so; what is then in flight is let go.
 * @throws the first error of the endpoint, after all lanes have come to rest; StoppedError when `signal` is aborted.
 */
export async function runRequests(options: {
  stage: string;
  /** Taken one by one as there is room, so that a generator plans no further ahead than needed. */
  lanes: Iterable<readonly PlannedRequest[]>;
  log: JsonlLog<RawCompletion>;
  /** The keys that need no request; by default those that were in the log when it was opened. */
  known?: ReadonlySet<string>;
  concurrency: number;
  signal?: AbortSignal;
  onCompletion(raw: RawCompletion): void;
  isDone(): boolean;
}): Promise<void> {
  const { stage, log, concurrency, signal, onCompletion, isDone } = options;
  const known = options.known ?? new Set(log.rows.map(({ key }) => key));
  const lanes = options.lanes[Symbol.iterator]();
  const rest = new AbortController();
  setMaxListeners(0, rest.signal);
  const stop = () => rest.abort();
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
  const over = () => isDone() || rest.signal.aborted;
  let firstError: unknown;

  const send = async (request: PlannedRequest): Promise<void> => {
    let raw: RawCompletion;
    try {
      raw = { key: request.key, ...(await request.send(rest.signal)) };
    } catch (error) {
      if (over()) return;
      throw error;
    }
    log.append(raw);
    onCompletion(raw);
    if (isDone()) stop();
  };
  const work = async (): Promise<void> => {
    try {
      for (let lane = lanes.next(); !lane.done && !over(); lane = lanes.next())
        for (const request of lane.value) {
          if (known.has(request.key)) continue;
          if (over()) return;
          await send(request);
        }
    } catch (error) {
      firstError ??= error;
      stop();
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.max(1, concurrency) }, work));
  } finally {
    signal?.removeEventListener("abort", stop);
  }
  if (firstError !== undefined) throw firstError;
  if (signal?.aborted && !isDone()) throw new StoppedError(stage);
}
