// Time that passes only while everything waits: hours of back-off take milliseconds, and the order of events is always the same.
import type { Timing } from "../../kernel-lib/src/endpoint/flow/timing.js";

interface Sleeper {
  due: number;
  wake(): void;
}

export function virtualTiming(): Timing {
  let now = 0;
  const sleepers: Sleeper[] = [];
  let running = false;
  const step = (): void => {
    const next = sleepers.shift();
    running = next !== undefined;
    if (!next) return;
    now = Math.max(now, next.due);
    next.wake();
    setImmediate(step);
  };
  return {
    now: () => now,
    wait: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper: Sleeper = { due: now + milliseconds, wake: resolve };
        const at = sleepers.findIndex(({ due }) => due > sleeper.due);
        sleepers.splice(at < 0 ? sleepers.length : at, 0, sleeper);
        const leave = (): void => {
          const index = sleepers.indexOf(sleeper);
          if (index >= 0) sleepers.splice(index, 1);
          reject(signal?.reason);
        };
        signal?.addEventListener("abort", leave, { once: true });
        if (!running) {
          running = true;
          setImmediate(step);
        }
      }),
  };
}
