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

/** Starts a stage; `resumed` units were already finished and do not count towards the speed. */
export function startStage(stage: string, onProgress: OnProgress | undefined, resumed = 0): Stopwatch {
  const began = clock.elapsed();
  const seconds = (): number => (clock.elapsed() - began) / 1000;
  onProgress?.({ stage, state: "started", seconds: 0 });
  return {
    seconds,
    update(fields) {
      const { done, total } = fields;
      const fresh = (done ?? 0) - resumed;
      const secondsLeft =
        done !== undefined && total !== undefined && fresh > 0 ? ((total - done) * seconds()) / fresh : undefined;
      onProgress?.({ stage, state: "running", seconds: seconds(), ...fields, ...(secondsLeft !== undefined && { secondsLeft }) });
    },
    finish(message) {
      const taken = seconds();
      onProgress?.({ stage, state: "finished", seconds: taken, ...(message !== undefined && { message }) });
      return taken;
    },
  };
}
