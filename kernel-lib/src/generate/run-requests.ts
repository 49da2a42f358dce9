// Sends planned requests in lanes. A lane is a list of requests that share a prompt prefix and run one after another, so that the server
// slot that holds the prefix meets the next request of the same lane; as many lanes run side by side as the endpoint has room for.
import { setMaxListeners } from "node:events";
import type { Endpoint } from "../endpoint/index.js";
import { type JsonlLog, StoppedError } from "../runtime/index.js";
import { describeTraffic } from "./describe-traffic.js";
import type { RawCompletion } from "./rows.js";

export interface PlannedRequest {
  key: string;
  /** Asks the endpoint, in one call or several. */
  send(signal: AbortSignal): Promise<Omit<RawCompletion, "key">>;
}

/** Seconds that rows on their way get to arrive once nothing new is sent. */
const graceSeconds = 30;

/** A batch answers all at once and keeps no prefix: whatever stands in a lane would cost a batch of its own. */
function* oneByOne(lanes: Iterable<readonly PlannedRequest[]>): Generator<PlannedRequest[]> {
  for (const lane of lanes) for (const request of lane) yield [request];
}

export interface RunRequestsOptions {
  stage: string;
  /** Who is asked: says how many at once, and what it waits for. */
  endpoint: Endpoint;
  /** Taken one by one as there is room, so that a generator plans no further ahead than needed. */
  lanes: Iterable<readonly PlannedRequest[]>;
  log: JsonlLog<RawCompletion>;
  /** The keys that need no request; by default those that were in the log when it was opened. */
  known?: ReadonlySet<string>;
  /** Rows under way at once; the endpoint's own number by default. */
  concurrency?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Seconds that rows under way get to arrive after a stop or an error; 30 by default. */
  graceSeconds?: number;
  onCompletion(raw: RawCompletion): void;
  /** Called after every completion, and every second while there is something to say: why none comes. */
  report(note?: string): void;
  isDone(): boolean;
}

/**
 * Runs every request whose key is not yet in the log, and logs each completion as it arrives, before `onCompletion` sees it. Once `isDone`
 * says so, what is under way is let go. After an abort of `signal` or an error nothing new is sent, and rows under way, which are paid for,
 * are still logged; batches are left to the next process instead.
 * @throws the first error, after all lanes have come to rest; StoppedError when `signal` is aborted.
 */
export async function runRequests(options: RunRequestsOptions): Promise<void> {
  const { stage, endpoint, log, signal, onCompletion, report, isDone } = options;
  const { inBatches = false } = endpoint;
  const known = options.known ?? new Set(log.rows.map(({ key }) => key));
  const lanes = (inBatches ? oneByOne(options.lanes) : options.lanes)[Symbol.iterator]();
  const letGo = new AbortController();
  setMaxListeners(0, letGo.signal);
  let stopping = false;
  let firstError: unknown;
  let underWay = 0;
  let grace: NodeJS.Timeout | undefined;
  const over = () => stopping || isDone();

  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    endpoint.dropWaiting?.();
    if (inBatches) letGo.abort();
    else grace = setTimeout(() => letGo.abort(), (options.graceSeconds ?? graceSeconds) * 1000);
  };
  const fail = (error: unknown): void => {
    firstError ??= error;
    stop();
  };
  const send = async (request: PlannedRequest): Promise<void> => {
    let raw: RawCompletion;
    underWay++;
    try {
      raw = { key: request.key, ...(await request.send(letGo.signal)) };
    } catch (error) {
      if (over()) return;
      throw error;
    } finally {
      underWay--;
    }
    log.append(raw);
    onCompletion(raw);
    report();
    if (isDone()) letGo.abort();
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
      fail(error);
    }
  };
  const tell = (): void => {
    const note = stopping ? `stopping, ${underWay} on their way` : describeTraffic(endpoint.traffic?.());
    if (note === undefined) return;
    try {
      report(note);
    } catch (error) {
      fail(error);
    }
  };

  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
  const ticks = setInterval(tell, 1000);
  try {
    await Promise.all(Array.from({ length: Math.max(1, options.concurrency ?? endpoint.concurrency) }, work));
  } finally {
    clearTimeout(grace);
    clearInterval(ticks);
    signal?.removeEventListener("abort", stop);
  }
  if (firstError !== undefined) throw firstError;
  if (signal?.aborted && !isDone()) throw new StoppedError(stage);
}
