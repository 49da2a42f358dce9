// How long a benchmark will take, said before it starts and counted down while it runs.
import type { Configuration } from "./configuration.js";
import { tokensOf } from "./figures.js";
import type { Schedule, SideName } from "./measure-configuration.js";

// Tokens/s on two cores with AMX, for the forecast only: the bench's own figures come from its clock.
const typicalSpeed: Record<SideName, Record<Configuration["precision"], number>> = {
  tfjs: { float32: 380, bfloat16x3: 520, bfloat16: 1000 },
  peft: { float32: 280, bfloat16x3: 280, bfloat16: 420 },
};
const portableSpeed = 25;
const recomputeCost = 1.4;
const startSeconds: Record<SideName, number> = { tfjs: 6, peft: 15 };

/** Seconds of one step. */
export function stepSeconds({ backend, precision, recompute, ...shape }: Configuration, side: SideName): number {
  const speed = side === "tfjs" && backend !== "tensorflow" ? portableSpeed : typicalSpeed[side][precision];
  return ((recompute ? recomputeCost : 1) * tokensOf({ backend, precision, recompute, ...shape })) / speed;
}

export interface PlannedWork {
  /** Start, loading and warm-up. */
  start: number;
  /** Each block. */
  block: number;
}

export const plannedWork = (configuration: Configuration, side: SideName, { steps }: Schedule): PlannedWork => ({
  start: startSeconds[side] + stepSeconds(configuration, side),
  block: steps * stepSeconds(configuration, side),
});
