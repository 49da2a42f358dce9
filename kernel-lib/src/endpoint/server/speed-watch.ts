// Tells when a machine has become slower at what it does: batches of about the same size that take twice as long as they once took.

/** Throughput below this share of what it was is a reason to measure the threads again. */
const slowShare = 0.5;
/** Far below it there is nothing to wait for. */
const stuckShare = 0.1;

export interface SpeedWatch {
  /** Books a batch of `tokens` that took so many milliseconds. */
  book(tokens: number, milliseconds: number): void;
  /** Forgets what was booked: after the threads were chosen anew. */
  reset(): void;
  readonly state: "fine" | "slow" | "stuck";
}

/** Batches are compared with the best of their own size class, a power of two, because larger ones give more tokens a second. */
export function createSpeedWatch(): SpeedWatch {
  const best = new Map<number, number>();
  let share = 1;
  return {
    book(tokens, milliseconds) {
      const size = Math.ceil(Math.log2(tokens));
      const speed = tokens / Math.max(milliseconds, 1e-3);
      const fastest = Math.max(speed, best.get(size) ?? 0);
      best.set(size, fastest);
      share += (speed / fastest - share) / 8;
    },
    reset() {
      best.clear();
      share = 1;
    },
    get state() {
      return share < stuckShare ? "stuck" : share < slowShare ? "slow" : "fine";
    },
  };
}
