// A loss that has run away: far above what it was for a while, and above where the training began. One bad batch is not enough.
import { RunError } from "../../runtime/index.js";
import type { TokenRow } from "./batches.js";
import type { TrainingStep } from "./training-log.js";

const streak = 8; // steps in a row
const memory = 64; // steps before them, whose median says what is usual

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** The running median that the last steps stay `factor` times above; undefined where they do not. */
export function divergedFrom(losses: readonly number[], factor: number): number | undefined {
  const usual = losses.slice(-(memory + streak), -streak);
  if (usual.length < streak) return undefined;
  const limit = median(usual);
  return losses.slice(-streak).every((loss) => loss > factor * limit && loss > losses[0]!) ? limit : undefined;
}

/**
 * @param factor null: a training may run away.
 * @throws RunError naming the last step and its rows where the losses have.
 */
export function refuseDivergence(steps: readonly TrainingStep[], factor: number | null, rows: readonly TokenRow[]): void {
  if (factor === null) return;
  const losses = steps.map(({ loss }) => loss);
  const usual = divergedFrom(losses, factor);
  if (usual === undefined) return;
  throw new RunError({
    got: `a loss of ${losses.at(-1)!.toFixed(2)} in step ${steps.at(-1)!.step}, for a while more than ${factor} times its running median of ${usual.toFixed(2)} (rows ${rows.map(({ id }) => id).join(", ")})`,
    todo: "lower the learning rate, or set divergence to null to go on; the last checkpoint is kept",
  });
}
