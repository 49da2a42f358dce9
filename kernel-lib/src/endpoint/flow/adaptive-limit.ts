// How many requests may be in flight: additive increase, multiplicative decrease (Chiu & Jain 1989), as TCP does it. One refusal says
// something about the load at the moment when the request was sent, so only requests sent after the last decrease can cause the next.

export interface AdaptiveLimit {
  /** Requests allowed in flight, a whole number from 1 to the maximum. */
  readonly current: number;
  /** Whether any request has succeeded since the start or the last {@link AdaptiveLimit.probe}. */
  readonly answered: boolean;
  succeeded(): void;
  /**
   * Halves the limit, once a round trip; returns whether this refusal was the first of its round.
   * @param number the refused request's place among all requests sent, from 1; `sent` is how many were sent so far.
   */
  throttled(number: number, sent: number): boolean;
  /** One request alone again, until one succeeds. */
  probe(): void;
}

/**
 * Begins with one request alone, because a wrong key or address is then found with one call, and goes to `maximum` once it succeeds.
 * With `fixed`, the limit is always `maximum`.
 */
export function createAdaptiveLimit({ maximum, fixed = false }: { maximum: number; fixed?: boolean }): AdaptiveLimit {
  let limit = maximum;
  let answered = false;
  let lastDecrease = 0;
  return {
    get current() {
      if (fixed) return maximum;
      return answered ? Math.floor(limit) : 1;
    },
    get answered() {
      return answered;
    },
    succeeded() {
      answered = true;
      limit = Math.min(maximum, limit + 1 / limit); // one more a round trip
    },
    throttled(number, sent) {
      if (number <= lastDecrease) return false;
      lastDecrease = sent;
      if (answered) limit = Math.max(1, Math.floor(limit) / 2);
      return true;
    },
    probe() {
      answered = false;
    },
  };
}
