// The whole model: token numbers in; log-probabilities, or the loss and the adapter's gradient, out. A plain loop over layers with
// hand-written gradients: what a layer saves is freed as the loop walks back, or is computed again where memory is short.

import { InputError } from "../../runtime/index.js";
import type { LayerAdapters } from "../adapters/adapter.js";
import type { Handle, Ops } from "../backends/ops.js";
import { attentionBackward, attentionForward, type SavedAttention, type SublayerOptions } from "./attention.js";
import { type BatchContext, batchContext, type TokenBlock } from "./batch-context.js";
import { feedForwardBackward, feedForwardForward, type SavedFeedForward } from "./feed-forward.js";
import { headLoss, logitsOf } from "./head-loss.js";
import type { AdapterGradient } from "./linear-group.js";
import { type LinearGroupName, linearGroupNames } from "./linears.js";
import type { Weights } from "./weights.js";

export interface Model {
  ops: Ops;
  weights: Weights;
}

/** A block of texts and the rows whose next token is trained. */
export interface Batch extends TokenBlock {
  /** Row numbers in [sequences·tokens], ascending. */
  targetRows: Int32Array;
  /** The token that each of these rows should predict. */
  targetIds: Int32Array;
}

interface SavedLayer {
  attention: SavedAttention;
  feedForward: SavedFeedForward;
}

type Adapters = readonly LayerAdapters[] | undefined;

const sublayer = (model: Model, context: BatchContext, adapters: Adapters, layer: number): SublayerOptions => ({
  architecture: model.weights.architecture,
  context,
  layer,
  weights: model.weights.layers[layer]!,
  adapters: adapters?.[layer],
});

/** What comes after the last attention matters for some rows only; `rows` names them there. */
function layerForward(ops: Ops, x: Handle, options: SublayerOptions, rows?: Handle): { output: Handle; saved: SavedLayer } {
  return ops.scope(() => {
    const attention = attentionForward(ops, x, options);
    const states = rows ? ops.gatherRows(attention.output, rows) : attention.output; // [n or m, hidden]
    const feedForward = feedForwardForward(ops, states, options);
    return { output: feedForward.output, saved: { attention: attention.saved, feedForward: feedForward.saved } };
  });
}

/** Token and, where learned, position rows: [n, hidden] float32. */
function embed({ ops, weights }: Model, ids: Int32Array, context: BatchContext): Handle {
  const { embeddingScale } = weights.architecture;
  return ops.scope(() => {
    const rows = weights.embedding.rows(ops, ids); // [n, hidden]
    const scaled = embeddingScale === 1 ? rows : ops.scale(rows, embeddingScale);
    return weights.positions ? ops.add(scaled, ops.gatherRows(weights.positions, context.positions)) : scaled;
  });
}

/**
 * Log-probabilities of the next token after each of some positions of one sequence, [vocabulary] a position.
 * @param positions zero-based; default: the last one.
 * @throws InputError for an empty sequence or one that is longer than the model's context.
 */
export async function nextTokenLogProbs(options: {
  model: Model;
  tokens: readonly number[];
  adapters?: readonly LayerAdapters[];
  positions?: readonly number[];
}): Promise<Float32Array[]> {
  const { model, tokens, adapters, positions = [tokens.length - 1] } = options;
  const { ops, weights } = model;
  const { contextTokens, vocabulary } = weights.architecture;
  if (tokens.length === 0 || tokens.length > contextTokens)
    throw new InputError({ got: `a sequence of ${tokens.length} tokens`, allowed: `1 to ${contextTokens}` });
  const logits = ops.scope(() => {
    const context = batchContext(ops, weights, { sequences: 1, tokens: tokens.length });
    let x = embed(model, Int32Array.from(tokens), context); // [t, hidden]
    weights.layers.forEach((_, layer) => {
      const next = ops.scope(() => layerForward(ops, x, sublayer(model, context, adapters, layer)).output);
      ops.dispose(x);
      x = next;
    });
    return positions.map((position) =>
      ops.scope(() => logitsOf(ops, weights, ops.gatherRows(x, ops.fromIntegers(Int32Array.of(position), [1])))),
    ); // [1, vocabulary] each
  });
  const results: Float32Array[] = [];
  for (const row of logits) {
    const values = await ops.read(row);
    const peak = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const logSum = peak + Math.log(values.reduce((sum, value) => sum + Math.exp(value - peak), 0));
    results.push(values.map((value) => value - logSum).subarray(0, vocabulary)); // [vocabulary]
  }
  ops.dispose(logits);
  return results;
}

export interface GradientOptions {
  model: Model;
  batch: Batch;
  adapters: readonly LayerAdapters[];
  /** Every row's loss counts this much: 1 / (target tokens of the whole optimiser batch). */
  weight: number;
  /** Keep only each layer's input and compute the rest again: about 30 % slower, a third of the memory. */
  recompute: boolean;
  dropout?: BatchContext["dropout"];
  /** The loss alone: nothing is kept, `gradients` is empty. */
  forwardOnly?: boolean;
}

export interface GroupGradient extends AdapterGradient {
  layer: number;
  group: LinearGroupName;
}

export interface LossAndGradient {
  /** Of the target rows, nats, unweighted. */
  losses: Handle[];
  /** Of the weighted sum, last layer first. */
  gradients: GroupGradient[];
}

const isAdapted = (adapters: LayerAdapters): boolean => linearGroupNames.some((group) => adapters[group]);

/**
 * The loss of a batch and the gradient of its adapters, in the backend's memory: the caller reads them and disposes of them. Nothing is
 * computed back beyond the lowest adapted layer.
 */
export function lossAndGradient(options: GradientOptions): LossAndGradient {
  const { model, batch, adapters, weight, recompute, dropout, forwardOnly = false } = options;
  const { ops, weights } = model;
  const top = weights.layers.length - 1;
  const lowest = forwardOnly ? weights.layers.length : adapters.findIndex(isAdapted);
  return ops.scope(() => {
    const context = { ...batchContext(ops, weights, batch), ...(dropout && { dropout }) };
    const optionsOf = (layer: number): SublayerOptions => ({
      ...sublayer(model, context, adapters, layer),
      ...(layer === lowest && { last: true }),
    });
    const targets = ops.fromIntegers(batch.targetRows, [batch.targetRows.length]); // [m]
    const rowsOf = (layer: number): Handle | undefined => (layer === top ? targets : undefined);
    const kept: (SavedLayer | Handle)[] = [];
    let x = embed(model, batch.ids, context); // [n, hidden]
    for (let layer = 0; layer <= top; layer++) {
      const options = optionsOf(layer);
      if (recompute || layer < lowest) {
        const next = ops.scope(() => layerForward(ops, x, options, rowsOf(layer)).output);
        if (layer < lowest) ops.dispose(x);
        else kept.push(x);
        x = next;
      } else {
        const { output, saved } = layerForward(ops, x, options, rowsOf(layer));
        kept.push(saved);
        x = output;
      }
    }
    const { losses, gradient: headGradient } = headLoss(ops, weights, x, batch.targetIds, weight);
    ops.dispose(x);
    const gradients: GroupGradient[] = [];
    let gradient: Handle | undefined = headGradient; // [m, hidden]
    for (let layer = top; layer >= lowest && lowest >= 0 && gradient; layer--) {
      const options = optionsOf(layer);
      const entry = kept.pop()!;
      const above = gradient;
      const step = ops.scope(() => {
        const saved = "shape" in entry ? layerForward(ops, entry as Handle, options, rowsOf(layer)).saved : entry;
        const feedForward = feedForwardBackward(ops, saved.feedForward, above, options);
        ops.dispose(saved.feedForward);
        const down = layer === top ? scatterRows(ops, feedForward.input!, batch) : feedForward.input!; // [n, hidden]
        const attention = attentionBackward(ops, saved.attention, down, options);
        const own: GroupGradient[] = [];
        if (feedForward.adapterOut) own.push({ layer, group: "feedForwardOut", ...feedForward.adapterOut });
        if (feedForward.adapterIn) own.push({ layer, group: "feedForwardIn", ...feedForward.adapterIn });
        if (attention.adapterOut) own.push({ layer, group: "attentionOut", ...attention.adapterOut });
        if (attention.adapterIn) own.push({ layer, group: "attentionIn", ...attention.adapterIn });
        return { own, input: attention.input };
      });
      ops.dispose([entry, above]);
      gradients.push(...step.own);
      gradient = step.input;
    }
    ops.dispose(gradient);
    return { losses, gradients };
  });
}

/** [m, hidden] to [n, hidden]: zeros in rows without a target. */
function scatterRows(ops: Ops, x: Handle, { ids, targetRows }: Batch): Handle {
  return ops.scope(() => {
    const [m, hidden] = x.shape;
    const padded = ops.concat([x, ops.fromFloats(new Float32Array(hidden!), [1, hidden!])], 0); // [m + 1, hidden]
    const source = new Int32Array(ids.length).fill(m!); // rows without a target read the zero row
    targetRows.forEach((row, i) => {
      source[row] = i;
    });
    return ops.gatherRows(padded, ops.fromIntegers(source, [source.length])); // [n, hidden]
  });
}
