// Decides between "this row failed" and "this server is not worth asking": rows are lost only to their own faults, and no server is asked
// for ever.
import type { Timing } from "./timing.js";

export interface Patience {
  /** Without one success for so long, a throttling server is given up; 600 by default. It is also the longest wait granted to a server. */
  seconds?: number;
  /** … or for so many round trips in a row; 200 by default: a server that refuses nine in ten at random fails this once in a billion rows. */
  rounds?: number;
}

/** Requests refused or answered unreadably in a row before it is the server that is wrong. */
const failuresInARow = 10;
/** The same for unreadable answers of a server that has not given a readable one: a web page is seen to be one sooner. */
const unreadableAtFirst = 3;
/** How much one reply weighs in the share of good replies; the last twenty or so count. */
const weight = 0.05;

export interface Breaker {
  succeeded(): void;
  failedTry(): void;
  /** A throttled round trip; true when the server is given up. */
  throttledRound(hintSeconds: number): boolean;
  /** Successes so far. */
  readonly successes: number;
  /** Whether a row that has used up its tries failed alone: others succeeded since it began, when `successesBefore` had. */
  failedAlone(successesBefore: number): boolean;
  /** A row whose answers were unreadable, or which was refused; true when the server is given up. */
  unreadable(): boolean;
  refused(): boolean;
  /** Round trips in a row without a success, and the seconds since the first. */
  readonly drought: { rounds: number; seconds: number };
  /** Starts to judge anew. */
  reset(): void;
}

export function createBreaker({ timing, patience = {} }: { timing: Timing; patience?: Patience }): Breaker {
  const longest = patience.seconds ?? 600;
  const mostRounds = patience.rounds ?? 200;
  const fresh = () => ({ health: 0, successes: 0, rounds: 0, since: 0, unread: 0, refusals: 0 });
  let state = fresh();
  const dry = () => (state.rounds === 0 ? 0 : (timing.now() - state.since) / 1000);
  return {
    succeeded() {
      const health = state.successes === 0 ? 1 : state.health + weight * (1 - state.health);
      state = { ...fresh(), health, successes: state.successes + 1 };
    },
    failedTry() {
      state.health -= weight * state.health;
    },
    throttledRound(hintSeconds) {
      if (state.rounds++ === 0) state.since = timing.now();
      return hintSeconds > longest || state.rounds >= mostRounds || (state.rounds >= 5 && dry() >= longest);
    },
    get successes() {
      return state.successes;
    },
    failedAlone: (successesBefore) => state.successes > successesBefore && state.health >= 0.5,
    unreadable: () => ++state.unread >= (state.successes === 0 ? unreadableAtFirst : failuresInARow),
    refused: () => ++state.refusals >= failuresInARow && state.successes === 0,
    get drought() {
      return { rounds: state.rounds, seconds: dry() };
    },
    reset() {
      state = fresh();
    },
  };
}
