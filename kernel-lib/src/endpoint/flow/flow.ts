// The schedule that all requests of one endpoint share: a queue with an adaptive limit, rates a minute, one pause for everybody when the
// server throttles, retries by class of failure, and a breaker. Follows TCP (AIMD) rather than a fixed number of workers with back-off.
import { APIError } from "openai";
import PQueue from "p-queue";
import { deriveRandom, StoppedError } from "../../runtime/index.js";
import { createAdaptiveLimit } from "./adaptive-limit.js";
import { type Breaker, createBreaker, type Patience } from "./breaker.js";
import { classifyFailure, isOwnFault, isTimeout, isUnreachable } from "./classify-failure.js";
import { FlowFailure } from "./flow-failure.js";
import { createGate, type Pass } from "./gate.js";
import { createPace } from "./pace.js";
import { realTiming, type Timing } from "./timing.js";
import { waitHintSeconds } from "./wait-hint.js";

export interface Limits {
  requestsPerMinute?: number;
  /** Prompt and completion together; estimated before a request is sent, corrected by what its reply says. */
  tokensPerMinute?: number;
}

export interface FlowOptions {
  /** Requests in flight at most. */
  concurrency: number;
  /** Always `concurrency`, however the server answers; for a server of one's own. */
  fixed?: boolean;
  limits?: Limits;
  /** Further tries of one request after server errors and broken connections. */
  retries: number;
  patience?: Patience;
  timing?: Timing;
}

export interface FlowRequest<T> {
  /** Sends it once; `pause` keeps all requests back for some seconds. */
  send(pause: (seconds: number) => void): Promise<T>;
  /** Tokens that it will use, by estimate. */
  tokens?: number;
  /** Tokens that it did use; undefined where the reply does not say. */
  spent?(reply: T): number | undefined;
  signal?: AbortSignal;
}

/** What the line to the server is doing now. */
export interface Traffic {
  inFlight: number;
  /** Allowed in flight now. */
  limit: number;
  waiting: number;
  /** Requests sent so far, with further tries. */
  sent: number;
  /** Replies so far that asked for fewer requests. */
  throttled: number;
  /** Seconds that every request is kept back for; 0 in normal operation. */
  pausedSeconds: number;
  /** Seconds since the first of the refusals in a row that keep everybody from being answered; 0 in normal operation. */
  throttledSeconds: number;
}

export interface Flow {
  /** @throws FlowFailure for a failure of the request or the server; the signal's reason when it is aborted. */
  run<T>(request: FlowRequest<T>): Promise<T>;
  traffic(): Traffic;
  /** Ends with a StoppedError what waits, for its first try or another one; what is on its way is answered, what comes later is sent. */
  dropWaiting(): void;
}

interface Row extends Pass {
  number: number;
  /** By estimate. */
  tokens: number;
  tries: number;
  /** Set when it is first sent. */
  began: number;
  successesBefore: number;
}

const firstPause = 0.25;
const longestPause = 4;
const longestBackOff = 8;

/** Further tries that a failure is worth: a hung server costs the whole time limit each, and an unreadable answer rarely changes. */
function triesWorth(error: unknown, kind: "retryable" | "bad-output", retries: number): number {
  if (isTimeout(error)) return Math.min(1, retries);
  return kind === "bad-output" ? Math.min(2, retries) : retries;
}

export function createFlow(options: FlowOptions): Flow {
  const { concurrency: maximum, fixed = false, limits = {}, retries, patience, timing = realTiming } = options;
  const limit = createAdaptiveLimit({ maximum, fixed });
  const breaker: Breaker = createBreaker({ timing, ...(patience && { patience }) });
  const requestPace = limits.requestsPerMinute === undefined ? undefined : createPace(limits.requestsPerMinute);
  const tokenPace = limits.tokensPerMinute === undefined ? undefined : createPace(limits.tokensPerMinute);
  const queue = new PQueue({ concurrency: limit.current });
  const gate = createGate(timing);
  let inFlight = 0;
  let sent = 0;
  let throttled = 0;
  let rows = 0;

  const follow = (): void => {
    if (queue.concurrency !== limit.current) queue.concurrency = limit.current;
  };
  /** Gives up the server for everything that waits; what comes later begins with one request alone. */
  const trip = (failure: FlowFailure): FlowFailure => {
    gate.stop(failure);
    limit.probe();
    breaker.reset();
    follow();
    return failure;
  };

  /** Returns when the request may be sent. */
  async function turn(row: Row): Promise<void> {
    gate.check(row);
    const now = timing.now();
    const wait = Math.max(requestPace?.take(1, now) ?? 0, tokenPace?.take(row.tokens, now) ?? 0);
    try {
      if (wait > 0) await gate.sleep(wait, row);
      await gate.opened(row);
    } catch (error) {
      requestPace?.correct(-1);
      tokenPace?.correct(-row.tokens);
      throw error;
    }
  }

  async function send<T>(request: FlowRequest<T>, { tokens }: Row): Promise<T> {
    inFlight++;
    try {
      const reply = await request.send(gate.close);
      const spent = request.spent?.(reply);
      if (spent !== undefined) tokenPace?.correct(spent - tokens);
      breaker.succeeded();
      limit.succeeded();
      follow();
      return reply;
    } catch (error) {
      tokenPace?.correct(-tokens);
      throw error;
    } finally {
      inFlight--;
    }
  }

  const secondsSince = (began: number): number => (timing.now() - began) / 1000;

  /** Lets everybody pause; throws when the server is given up. */
  function throttle(error: unknown, number: number): void {
    throttled++;
    const hint = waitHintSeconds(error instanceof APIError ? error.headers : undefined);
    if (limit.throttled(number, sent)) {
      follow();
      const givenUp = breaker.throttledRound(hint ?? 0);
      const { rounds, seconds } = breaker.drought;
      if (givenUp)
        throw trip(
          new FlowFailure(error, {
            scope: "server",
            tries: rounds,
            seconds,
            ...(hint !== undefined && { asksToWaitSeconds: hint }),
          }),
        );
      gate.close(Math.max(firstPause, hint ?? Math.min(longestPause, firstPause * 2 ** (rounds - 1))));
    } else if (hint !== undefined) gate.close(hint);
  }

  /** The failure of a row that is not tried again. */
  function giveUp(error: unknown, row: Row): FlowFailure {
    const kind = classifyFailure(error);
    const details = { tries: row.tries, seconds: secondsSince(row.began) };
    const alone =
      kind === "bad-output"
        ? !breaker.unreadable()
        : kind === "fatal"
          ? isOwnFault(error) && !breaker.refused()
          : breaker.failedAlone(row.successesBefore);
    return alone
      ? new FlowFailure(error, { ...details, scope: "request" })
      : trip(new FlowFailure(error, { ...details, scope: "server" }));
  }

  /** Works on a row in one slot of the queue; undefined when the row has to queue again, behind a lower limit. */
  async function inSlot<T>(request: FlowRequest<T>, row: Row): Promise<{ reply: T } | undefined> {
    for (;;) {
      await turn(row);
      const number = ++sent;
      if (row.tries === 0) Object.assign(row, { began: timing.now(), successesBefore: breaker.successes });
      try {
        return { reply: await send(request, row) };
      } catch (error) {
        row.signal?.throwIfAborted();
        const known = classifyFailure(error);
        const kind = limit.answered && isUnreachable(error) ? "retryable" : known;
        if (kind === "throttled") {
          gate.check(row);
          throttle(error, number);
          return undefined;
        }
        row.tries++;
        if (kind === "fatal") throw giveUp(error, row);
        breaker.failedTry();
        if (row.tries > triesWorth(error, kind, retries)) throw giveUp(error, row);
        const seconds = Math.min(longestBackOff, 0.5 * 2 ** (row.tries - 1));
        const jitter = 1 - 0.25 * deriveRandom("back-off", row.number, row.tries).uniform();
        await gate.sleep(seconds * jitter * 1000, row);
      }
    }
  }

  return {
    async run<T>(request: FlowRequest<T>): Promise<T> {
      const { signal, tokens = 0 } = request;
      const row: Row = { stops: gate.stops, signal, number: rows++, tokens, tries: 0, began: 0, successesBefore: 0 };
      for (let priority = 0; ; priority = 1) {
        const done = await queue.add(() => inSlot(request, row), { priority, ...(signal && { signal }) });
        if (done) return done.reply;
      }
    },
    traffic: () => ({
      inFlight,
      limit: limit.current,
      waiting: queue.size,
      sent,
      throttled,
      pausedSeconds: gate.closedSeconds,
      throttledSeconds: breaker.drought.seconds,
    }),
    dropWaiting: () =>
      gate.dismiss(new FlowFailure(new StoppedError("a completion"), { scope: "request", tries: 0, seconds: 0 })),
  };
}
