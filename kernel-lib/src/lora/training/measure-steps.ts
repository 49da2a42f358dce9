// The trainer's optimiser step under a stopwatch, for benchmarks: the same code as a training, on rows that are given as tokens.
import { clock } from "../../runtime/index.js";
import { initialAdapter } from "../adapters/adapter.js";
import { initialAdamWState } from "../backends/adamw.js";
import { type Backend, loadBackend } from "../backends/backend.js";
import type { Ops, Precision } from "../backends/ops.js";
import { openGgufSource } from "../transformer/gguf-source.js";
import { loadWeights, type Residency, type Weights, weightBytesOf } from "../transformer/weights.js";
import type { TokenRow } from "./batches.js";
import { optimiserStep } from "./optimiser-step.js";
import { parseTrainOptions } from "./train-options.js";

export interface StepMeterOptions {
  /** The GGUF file. */
  modelPath: string;
  /** As for `loadBackend`. */
  backend: string;
  precision: Precision;
  /** Another op layer than the backend's own of this precision: one under a stopwatch. */
  ops?: Ops;
  residency: Residency;
  /** Compute each layer's activations again on the way back. */
  recompute: boolean;
  rank: number;
  alpha: number;
  learningRate: number;
  /** The batch of every step, computed at once. */
  rows: readonly TokenRow[];
}

export interface StepMeter {
  readonly backend: Backend;
  /** Bytes of the frozen matrices between their uses. */
  readonly weightBytes: number;
  /** Trained numbers. */
  readonly parameters: number;
  /** The backend and what it computes products in. */
  readonly note: string;
  /** One optimiser step: its seconds, and the mean loss of the target tokens before it (nats). */
  step(): Promise<{ seconds: number; loss: number }>;
  /** Frees the model. */
  close(): void;
}

/**
 * Loads a model and a fresh adapter on all linear maps.
 * @throws InputError for a backend or precision that cannot be used.
 */
export async function openStepMeter({
  modelPath,
  backend: name,
  precision,
  ops: own,
  residency,
  recompute,
  rank,
  alpha,
  learningRate,
  rows,
}: StepMeterOptions): Promise<StepMeter> {
  const backend = await loadBackend({ name });
  const ops = own ?? backend.ops(precision);
  const source = openGgufSource(modelPath);
  let weights: Weights;
  try {
    weights = loadWeights(ops, source, residency);
  } finally {
    source.close();
  }
  const tokens = rows.reduce((sum, { ids }) => sum + ids.length, 0);
  const options = parseTrainOptions({
    ...{ rank, alpha, batchSize: rows.length, partTokens: tokens },
    memoryBytes: recompute ? 1 : Number.MAX_SAFE_INTEGER,
  });
  const adapter = initialAdapter(weights.architecture, options, options.seed);
  const state = initialAdamWState(adapter.parameters.length);
  let step = 0;
  return {
    backend,
    weightBytes: weightBytesOf(weights),
    parameters: adapter.parameters.length,
    note: `backend ${backend.name}, node ${process.versions.node}`,
    async step() {
      const began = clock.elapsed();
      const { loss } = await optimiserStep({
        ...{ model: { ops, weights }, adapter, state, rows, options, step: step++, learningRate },
        pause: async () => {},
      });
      return { seconds: (clock.elapsed() - began) / 1000, loss };
    },
    close: () => ops.dispose(weights),
  };
}
