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
  lanes: readonly (readonly PlannedRequest[])[];
  log: JsonlLog<RawCompletion>;
  concurrency: number;
  signal?: AbortSignal;
  onCompletion(raw: RawCompletion): void;
  isDone(): boolean;
}): Promise<void> {
  const { stage, log, concurrency, signal, onCompletion, isDone } = options;
  const known = new Set(log.rows.map(({ key }) => key));
  const queue = options.lanes.map((lane) => lane.filter(({ key }) => !known.has(key))).filter((lane) => lane.length > 0);
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
      for (let lane = queue.shift(); lane !== undefined && !over(); lane = queue.shift())
        for (const request of lane) {
          if (over()) return;
          await send(request);
        }
    } catch (error) {
      firstError ??= error;
      stop();
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.max(1, Math.min(concurrency, queue.length)) }, work));
  } finally {
    signal?.removeEventListener("abort", stop);
  }
  if (firstError !== undefined) throw firstError;
  if (signal?.aborted && !isDone()) throw new StoppedError(stage);
}
