// One optimiser step: the gradient of a batch, part by part, then AdamW.
import { RunError } from "../../runtime/index.js";
import { type Adapter, addGradients, uploadAdapter } from "../adapters/adapter.js";
import { type AdamWState, clipFactor } from "../backends/adamw.js";
import { lossAndGradient, type Model } from "../transformer/transformer.js";
import { makeBatch, type TokenRow } from "./batches.js";
import { dropoutMasks } from "./dropout.js";
import { needsRecompute } from "./memory-plan.js";
import { partsOf } from "./packing.js";
import type { TrainOptions } from "./train-options.js";

export interface StepOptions {
  model: Model;
  adapter: Adapter;
  state: AdamWState;
  rows: readonly TokenRow[];
  options: TrainOptions;
  /** From 0. */
  step: number;
  learningRate: number;
  /** Called between parts, so that signals and timers get their turn; may throw to stop before the update. */
  pause: () => Promise<void>;
}

export interface StepResult {
  /** Mean over the target tokens of all rows. */
  loss: number;
  /** Before clipping. */
  gradientNorm: number;
  tokens: number;
  targetTokens: number;
  /** Part of the computed positions that held no token. */
  paddingShare: number;
}

/**
 * Updates the adapter in place. Every target token of the batch counts the same, however the rows are split.
 * @throws RunError when the loss or the gradient is not finite; the adapter is then unchanged.
 */
export async function optimiserStep({
  model,
  adapter,
  state,
  rows,
  options,
  step,
  learningRate,
  pause,
}: StepOptions): Promise<StepResult> {
  const { ops, weights } = model;
  const batches = partsOf(rows, options).map(makeBatch);
  const targetTokens = batches.reduce((sum, batch) => sum + batch.targetIds.length, 0);
  const gradient = new Float32Array(adapter.parameters.length);
  const adapters = uploadAdapter(ops, adapter);
  let lossSum = 0;
  try {
    for (const [part, batch] of batches.entries()) {
      const { sequences, tokens } = batch;
      const { architecture } = weights;
      const { losses, gradients } = lossAndGradient({
        model,
        batch,
        adapters,
        weight: 1 / targetTokens,
        recompute: needsRecompute({
          architecture,
          sequences,
          tokens,
          precision: ops.precision,
          memoryBytes: options.memoryBytes,
        }),
        ...(options.dropout > 0 && {
          dropout: dropoutMasks({ ops, rate: options.dropout, seed: options.seed, step, part }),
        }),
      });
      for (const chunk of losses) lossSum += (await ops.read(chunk)).reduce((sum, loss) => sum + loss, 0);
      await addGradients(ops, adapter, gradient, gradients);
      ops.dispose([losses, gradients]);
      await pause();
    }
  } finally {
    ops.dispose(adapters);
  }
  const loss = lossSum / targetTokens;
  const gradientNorm = ops.vectorNorm(gradient);
  if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm))
    throw new RunError({
      got: `${Number.isFinite(loss) ? `a gradient norm of ${gradientNorm}` : `a loss of ${loss}`} in step ${step + 1} (rows ${rows.map(({ id }) => id).join(", ")})`,
      todo: "look at these rows or lower the learning rate; the last checkpoint is kept",
    });
  ops.adamWStep({
    ...{ firstMoment: state.firstMoment, secondMoment: state.secondMoment },
    ...{ parameters: adapter.parameters, gradient, learningRate },
    weightDecay: options.weightDecay,
    step: step + 1,
    gradientFactor: clipFactor(gradientNorm, options.clip),
  });
  const tokens = rows.reduce((sum, { ids }) => sum + ids.length, 0);
  const positions = batches.reduce((sum, batch) => sum + batch.ids.length, 0);
  const paddingShare = Number((1 - (tokens - rows.length) / positions).toFixed(4));
  return { loss, gradientNorm, tokens, targetTokens, paddingShare };
}
