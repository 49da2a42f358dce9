// Which rows make which optimiser step: a pure function of the seed and the step, so a resumed training sees the same.
import { deriveRandom } from "../../runtime/index.js";
import { positionsOf, type TokenRow } from "./batches.js";

export interface RowOrder {
  /** Rows a step. */
  batchSize: number;
  seed: number;
  /** Rows of like length share a step. */
  bucketing: boolean;
}

const windowBatches = 16; // rows are sorted within this many batches: like lengths meet, yet an epoch is not sorted as a whole

function batchesOfEpoch(rows: readonly TokenRow[], epoch: number, { batchSize, seed, bucketing }: RowOrder): TokenRow[][] {
  const random = deriveRandom(seed, "lora", "epoch", epoch);
  const shuffled = random.shuffle(rows);
  if (bucketing) {
    const window = batchSize * windowBatches;
    for (let first = 0; first < shuffled.length; first += window) {
      const sorted = shuffled.slice(first, first + window).sort((a, b) => positionsOf(b) - positionsOf(a));
      shuffled.splice(first, sorted.length, ...sorted);
    }
  }
  const batches = Array.from({ length: stepsPerEpoch(rows.length, batchSize) }, (_, i) =>
    shuffled.slice(i * batchSize, (i + 1) * batchSize),
  );
  return bucketing ? random.shuffle(batches) : batches;
}

/** The last step of an epoch may have fewer rows. */
export const stepsPerEpoch = (rows: number, batchSize: number): number => Math.ceil(rows / batchSize);

/** The rows of optimiser step `step`, from 0: each epoch is shuffled anew and cut into batches. */
export function rowsOfStep(rows: readonly TokenRow[], step: number, order: RowOrder): TokenRow[] {
  const perEpoch = stepsPerEpoch(rows.length, order.batchSize);
  return batchesOfEpoch(rows, Math.floor(step / perEpoch), order)[step % perEpoch]!;
}
