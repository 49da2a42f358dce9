// Keeps a rate a minute by spacing what is sent: the generic cell rate algorithm (ITU-T I.371), which needs one number of state, never
// bursts at a minute's start and can be corrected when the true cost is known.

const minute = 60_000;
/** How far a late timer may be caught up with; the rate is lowered by as much, so no 60 seconds see more than the limit. */
const tolerance = 1000;

export interface Pace {
  /** Takes `units` and returns the milliseconds to wait before they may be used. */
  take(units: number, now: number): number;
  /** Adds what was used beyond the units taken, or gives back (negative) what was not. */
  correct(units: number): void;
}

/** At most `perMinute` units in any 60 seconds; where units come in lumps (the tokens of one request), the last lump may reach beyond. */
export function createPace(perMinute: number): Pace {
  const interval = (minute + tolerance) / perMinute;
  let arrival = Number.NEGATIVE_INFINITY;
  return {
    take(units, now) {
      const wait = Math.max(0, arrival - tolerance - now);
      arrival = Math.max(now, arrival) + units * interval;
      return wait;
    },
    correct(units) {
      arrival += units * interval;
    },
  };
}
