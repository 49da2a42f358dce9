// Times a stage and turns counts into progress events with an estimate of what is left.
import { clock } from "./clock-rng.js";
import type { OnProgress, ProgressEvent } from "./progress.js";

export interface Stopwatch {
  /** Reports that `done` of `total` units are finished; `resumed` of them were there before this process. */
  update(fields: Pick<ProgressEvent, "done" | "total" | "unit" | "message" | "point">): void;
  /** Ends the stage and returns its seconds. */
  finish(message?: string): number;
  seconds(): number;
}

/** An estimate waits for so many units of this process, or a quarter of a stage that has fewer than forty to do. */
const tellingUnits = 10;
const tellingSeconds = 5;

/** Starts a stage; `resumed` units were already finished and do not count towards the speed. */
export function startStage(stage: string, onProgress: OnProgress | undefined, resumed = 0): Stopwatch {
  const began = clock.elapsed();
  const seconds = (): number => (clock.elapsed() - began) / 1000;
  let firstAfter: number | undefined;
  // The first unit waits for what all share (a model loading, a first batch of prompts): until as much time again has passed, the mean
  // says more of that wait than of the units.
  const estimate = (done: number, total: number): number | undefined => {
    const [now, fresh] = [seconds(), done - resumed];
    if (fresh <= 0) return undefined;
    firstAfter ??= now;
    const isTelling = fresh >= Math.min(tellingUnits, (total - resumed) / 4) && now >= Math.max(tellingSeconds, 2 * firstAfter);
    return isTelling ? ((total - done) * now) / fresh : undefined;
  };
  onProgress?.({ stage, state: "started", seconds: 0 });
  return {
    seconds,
    update(fields) {
      const { done, total } = fields;
      const secondsLeft = done !== undefined && total !== undefined ? estimate(done, total) : undefined;
      onProgress?.({ stage, state: "running", seconds: seconds(), ...fields, ...(secondsLeft !== undefined && { secondsLeft }) });
    },
    finish(message) {
      const taken = seconds();
      onProgress?.({ stage, state: "finished", seconds: taken, ...(message !== undefined && { message }) });
      return taken;
    },
  };
}
