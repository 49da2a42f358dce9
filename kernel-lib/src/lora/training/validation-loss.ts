// The loss on rows that are not trained: the adapter as it is, no dropout, nothing kept for a gradient.
import { deriveRandom, InputError } from "../../runtime/index.js";
import { type Adapter, uploadAdapter } from "../adapters/adapter.js";
import { lossAndGradient, type Model } from "../transformer/transformer.js";
import { makeBatch, type TokenRow } from "./batches.js";
import { partsOf } from "./packing.js";
import type { TrainOptions } from "./train-options.js";

/**
 * Takes a part of the rows out of training, drawn by the seed; one at least where the share is not 0.
 * @throws InputError where nothing would be left to train on.
 */
export function splitRows(
  rows: readonly TokenRow[],
  { validationShare, seed }: Pick<TrainOptions, "validationShare" | "seed">,
): { training: TokenRow[]; validation: TokenRow[] } {
  if (validationShare === 0) return { training: [...rows], validation: [] };
  const count = Math.max(1, Math.round(rows.length * validationShare));
  if (count >= rows.length)
    throw new InputError({
      got: `a validation share of ${validationShare} of ${rows.length} rows`,
      allowed: "one that leaves rows to train on",
    });
  const held = new Set(deriveRandom(seed, "lora", "validation").sample(rows, count));
  return { training: rows.filter((row) => !held.has(row)), validation: rows.filter((row) => held.has(row)) };
}

/** Mean over the target tokens of all rows, nats. `pause` is called between parts and may throw. */
export async function validationLoss(options: {
  model: Model;
  adapter: Adapter;
  rows: readonly TokenRow[];
  options: Pick<TrainOptions, "partTokens" | "packing">;
  pause: () => Promise<void>;
}): Promise<number> {
  const { model, adapter, rows, pause } = options;
  const { ops } = model;
  const adapters = uploadAdapter(ops, adapter);
  let sum = 0;
  let targetTokens = 0;
  try {
    for (const part of partsOf(rows, options.options)) {
      const batch = makeBatch(part);
      const { losses } = lossAndGradient({ model, batch, adapters, weight: 1, recompute: false, forwardOnly: true });
      for (const chunk of losses) for (const loss of await ops.read(chunk)) sum += loss;
      ops.dispose(losses);
      targetTokens += batch.targetIds.length;
      await pause();
    }
  } finally {
    ops.dispose(adapters);
  }
  return sum / targetTokens;
}
