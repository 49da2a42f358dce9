// The two things that a schedule needs from time, as an argument, so that a test of hours takes no time.
import { setTimeout as delay } from "node:timers/promises";
import { clock } from "../../runtime/index.js";

export interface Timing {
  /** Milliseconds, monotonic. */
  now(): number;
  /** @throws the signal's reason as soon as it is aborted. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const realTiming: Timing = {
  now: clock.elapsed,
  wait: (milliseconds, signal) => delay(milliseconds, undefined, signal ? { signal } : {}),
};
