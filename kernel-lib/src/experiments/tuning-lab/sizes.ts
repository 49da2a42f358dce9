// How much the tuning lab computes, by the sizes that runs have too.
import type { SizeName } from "../config.js";

export interface LabSize {
  /** Seeds that are trained on; the others are held out. */
  trainingSeeds: number;
  /** The one training that is looked at closely. */
  steps: number;
  batchSize: number;
  /** Tokens that a continuation may take. */
  continuationTokens: number;
  ablation: { ranks: readonly number[]; repeats: number; steps: number; batchSize: number };
  /** Every setting takes these steps, of which the first is not timed. */
  measured: { steps: number; batchSize: number };
}

const quick: LabSize = {
  ...{ trainingSeeds: 60, steps: 32, batchSize: 8, continuationTokens: 20 },
  ablation: { ranks: [2, 8, 32], repeats: 3, steps: 20, batchSize: 2 },
  measured: { steps: 4, batchSize: 4 },
};

export const labSizes: Record<SizeName, LabSize> = {
  smoke: {
    ...{ trainingSeeds: 76, steps: 2, batchSize: 2, continuationTokens: 2 },
    ablation: { ranks: [2], repeats: 2, steps: 1, batchSize: 1 },
    measured: { steps: 2, batchSize: 1 },
  },
  quick,
  laptop: {
    ...{ ...quick, steps: 120, batchSize: 16 },
    ablation: { ranks: [1, 2, 4, 8, 16, 32], repeats: 5, steps: 60, batchSize: 8 },
    measured: { steps: 8, batchSize: 8 },
  },
  gpu: {
    ...{ ...quick, steps: 240, batchSize: 32 },
    ablation: { ranks: [1, 2, 4, 8, 16, 32, 64], repeats: 10, steps: 120, batchSize: 16 },
    measured: { steps: 8, batchSize: 32 },
  },
};
