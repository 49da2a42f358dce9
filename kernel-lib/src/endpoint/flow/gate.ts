// The gate that every request passes before it is sent: closed for a while for all, or for good for those that came before a stop.
import type { FlowFailure } from "./flow-failure.js";
import type { Timing } from "./timing.js";

export interface Pass {
  /** The gate's count of stops when the request came. */
  readonly stops: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Gate {
  readonly stops: number;
  /** Seconds until it opens; 0 while it is open. */
  readonly closedSeconds: number;
  /** Closes it for at least so long. */
  close(seconds: number): void;
  /** Sends everyone away who came before, sleepers included, with this failure. */
  dismiss(failure: FlowFailure): void;
  /** The same, and opens it for those to come. */
  stop(failure: FlowFailure): void;
  /** @throws the failure of a stop since, or the signal's reason. */
  check(pass: Pass): void;
  /** Waits so long. @throws as {@link Gate.check}. */
  sleep(milliseconds: number, pass: Pass): Promise<void>;
  /** Waits until the gate is open. @throws as {@link Gate.check}. */
  opened(pass: Pass): Promise<void>;
}

export function createGate(timing: Timing): Gate {
  const sleepers = new Set<() => void>();
  let stops = 0;
  let lastStop: FlowFailure | undefined;
  let opensAt = 0;

  const check = ({ stops: known, signal }: Pass): void => {
    signal?.throwIfAborted();
    if (known !== stops) throw lastStop;
  };
  async function sleep(milliseconds: number, pass: Pass): Promise<void> {
    const alarm = new AbortController();
    const wake = (): void => alarm.abort();
    sleepers.add(wake);
    pass.signal?.addEventListener("abort", wake, { once: true });
    try {
      await timing.wait(milliseconds, alarm.signal);
    } catch (error) {
      if (!alarm.signal.aborted) throw error;
    } finally {
      sleepers.delete(wake);
      pass.signal?.removeEventListener("abort", wake);
    }
    check(pass);
  }
  function dismiss(failure: FlowFailure): void {
    stops++;
    lastStop = failure;
    for (const wake of sleepers) wake();
  }
  return {
    check,
    dismiss,
    sleep,
    get stops() {
      return stops;
    },
    get closedSeconds() {
      return Math.max(0, opensAt - timing.now()) / 1000;
    },
    close(seconds) {
      opensAt = Math.max(opensAt, timing.now() + seconds * 1000);
    },
    stop(failure) {
      opensAt = 0;
      dismiss(failure);
    },
    async opened(pass) {
      check(pass);
      while (timing.now() < opensAt) await sleep(opensAt - timing.now(), pass);
    },
  };
}
