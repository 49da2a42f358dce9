// The whole model: token numbers in; log-probabilities, or the loss and the adapter's gradient, out. A plain loop over layers with
// hand-written gradients: what a layer saves is freed as the loop walks back, or is computed again where memory is short.
import { InputError } from "../../runtime/index.js";
import type { LayerAdapters } from "../adapters/adapter.js";
import type { Handle, Ops } from "../backends/ops.js";
import { attentionBackward, attentionForward, type SavedAttention, type SublayerOptions } from "./attention.js";
import { type BatchContext, batchContext } from "./batch-context.js";
import { feedForwardBackward, feedForwardForward, type SavedFeedForward } from "./feed-forward.js";
import type { LinearGroupName } from "./linears.js";
import type { AdapterGradient } from "./lora-linear.js";
import { rmsNorm, rmsNormBackward } from "./rms-norm.js";
import type { Weights } from "./weights.js";

export interface Model {
  ops: Ops;
  weights: Weights;
}

/** Sequences of equal padded length, and the rows whose next token is trained. */
export interface Batch {
  sequences: number;
  tokens: number;
  /** [sequences·tokens]; padding (any valid number) only at the ends. */
  ids: Int32Array;
  /** Row numbers in [sequences·tokens], ascending. */
  targetRows: Int32Array;
  /** The token that each of these rows should predict. */
  targetIds: Int32Array;
}

interface SavedLayer {
  attention: SavedAttention;
  feedForward: SavedFeedForward;
}

function sublayers(model: Model, context: BatchContext, adapters: readonly LayerAdapters[] | undefined, layer: number) {
  const { architecture, layers } = model.weights;
  const adapter = adapters?.[layer];
  const common = { architecture, context, layer, weights: layers[layer]! };
  return {
    attention: { ...common, adapterIn: adapter?.attentionIn, adapterOut: adapter?.attentionOut } satisfies SublayerOptions,
    feedForward: { ...common, adapterIn: adapter?.feedForwardIn, adapterOut: adapter?.feedForwardOut } satisfies SublayerOptions,
  };
}

type Sublayers = ReturnType<typeof sublayers>;

function layerForward(ops: Ops, x: Handle, options: Sublayers): { output: Handle; saved: SavedLayer } {
  const attention = attentionForward(ops, x, options.attention);
  const feedForward = feedForwardForward(ops, attention.output, options.feedForward);
  return { output: feedForward.output, saved: { attention: attention.saved, feedForward: feedForward.saved } };
}

function embed({ ops, weights }: Model, ids: Int32Array): Handle {
  return ops.scope(() => {
    const rows = ops.toFloat(ops.gatherRows(weights.embedding, ops.fromIntegers(ids, [ids.length]))); // [n, hidden]
    const { embeddingScale } = weights.architecture;
    return embeddingScale === 1 ? rows : ops.scale(rows, embeddingScale);
  });
}

/** The residual after the last layer, nothing kept on the way: [sequences·tokens, hidden]. */
function hiddenStates(
  model: Model,
  batch: Pick<Batch, "ids" | "sequences" | "tokens">,
  adapters?: readonly LayerAdapters[],
): Handle {
  const { ops, weights } = model;
  return ops.scope(() => {
    const context = batchContext(ops, weights, batch);
    let x = embed(model, batch.ids); // [n, hidden]
    weights.layers.forEach((_, layer) => {
      const next = ops.scope(() => layerForward(ops, x, sublayers(model, context, adapters, layer)).output);
      ops.dispose(x);
      x = next;
    });
    return x;
  });
}

/** Rows of logits worth of memory that are computed at once: 16 M values are 64 MB. */
const logitsAtOnce = 1 << 24;
const chunkRows = (weights: Weights): number =>
  Math.min(512, Math.max(16, Math.floor(logitsAtOnce / weights.architecture.vocabulary)));

function logitsOf({ ops, weights }: Model, normed: Handle): Handle {
  return ops.toFloat(ops.matMul(ops.toProduct(normed), weights.head, { transposeB: true })); // [m, vocabulary] float32
}

/**
 * Log-probabilities of the next token after each of some positions of one sequence, [vocabulary] a position.
 * @param positions zero-based; default: the last one.
 * @throws InputError for an empty sequence or one that is longer than the model's context.
 */
export function nextTokenLogProbs(options: {
  model: Model;
  tokens: readonly number[];
  adapters?: readonly LayerAdapters[];
  positions?: readonly number[];
}): Float32Array[] {
  const { model, tokens, adapters, positions = [tokens.length - 1] } = options;
  const { ops, weights } = model;
  const { contextTokens, normEpsilon } = weights.architecture;
  if (tokens.length === 0 || tokens.length > contextTokens)
    throw new InputError({ got: `a sequence of ${tokens.length} tokens`, allowed: `1 to ${contextTokens}` });
  const states = hiddenStates(model, { ids: Int32Array.from(tokens), sequences: 1, tokens: tokens.length }, adapters); // [t, hidden]
  const results = positions.map((position) => {
    const logits = ops.scope(() => {
      const row = ops.gatherRows(states, ops.fromIntegers(Int32Array.of(position), [1])); // [1, hidden]
      return logitsOf(model, rmsNorm(ops, row, weights.outputNorm, normEpsilon).output); // [1, vocabulary]
    });
    const values = ops.read(logits);
    ops.dispose(logits);
    const peak = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const logSum = peak + Math.log(values.reduce((sum, value) => sum + Math.exp(value - peak), 0));
    return values.map((value) => value - logSum); // [vocabulary]
  });
  ops.dispose(states);
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
  /** Receives each group's gradient; it is freed when the call returns. */
  onGradient: (at: { layer: number; group: LinearGroupName }, gradient: AdapterGradient) => void;
}

/** Loss over the target rows and the gradient of the final residual [n, hidden]; logits exist for a chunk of rows at a time. */
function headLoss(model: Model, states: Handle, batch: Batch, weight: number): { lossSum: number; gradient: Handle } {
  const { ops, weights } = model;
  const { hidden, normEpsilon } = weights.architecture;
  const { targetRows, targetIds } = batch;
  return ops.scope(() => {
    const rows = ops.gatherRows(states, ops.fromIntegers(targetRows, [targetRows.length])); // [m, hidden]
    const { output: normed, inverseRms } = rmsNorm(ops, rows, weights.outputNorm, normEpsilon); // [m, hidden]
    const parts: Handle[] = [];
    let lossSum = 0;
    const step = chunkRows(weights);
    for (let first = 0; first < targetRows.length; first += step) {
      const count = Math.min(step, targetRows.length - first);
      const part = ops.scope(() => {
        const logits = logitsOf(model, ops.slice(normed, [first, 0], [count, hidden])); // [count, vocabulary]
        const labels = ops.fromIntegers(targetIds.subarray(first, first + count), [count]); // [count]
        const { losses, gradient } = ops.crossEntropy(logits, labels);
        lossSum += ops.read(losses).reduce((sum, loss) => sum + loss, 0);
        return ops.scale(ops.toFloat(ops.matMul(ops.toProduct(gradient), weights.head)), weight); // [count, hidden]
      });
      parts.push(part);
    }
    const gradient = parts.length === 1 ? parts[0]! : ops.concat(parts, 0); // [m, hidden]
    const rowGradient = rmsNormBackward(ops, { x: rows, inverseRms, weight: weights.outputNorm, gradient }); // [m, hidden]
    const padded = ops.concat([rowGradient, ops.fromFloats(new Float32Array(hidden), [1, hidden])], 0); // [m + 1, hidden]
    const source = new Int32Array(batch.ids.length).fill(targetRows.length); // rows without a target read the zero row
    targetRows.forEach((row, i) => {
      source[row] = i;
    });
    return { lossSum, gradient: ops.gatherRows(padded, ops.fromIntegers(source, [source.length])) }; // [n, hidden]
  });
}

/** The summed loss of a batch (nats, unweighted); gradients of the weighted sum go to `onGradient`, last layer first. */
export function lossAndGradient({ model, batch, adapters, weight, recompute, onGradient }: GradientOptions): number {
  const { ops, weights } = model;
  return ops.scope(() => {
    const context = batchContext(ops, weights, batch);
    const kept: (SavedLayer | Handle)[] = [];
    let x = embed(model, batch.ids); // [n, hidden]
    weights.layers.forEach((_, layer) => {
      const options = sublayers(model, context, adapters, layer);
      if (recompute) {
        kept.push(x);
        x = ops.scope(() => layerForward(ops, x, options).output);
      } else {
        const { output, saved } = layerForward(ops, x, options);
        kept.push(saved);
        x = output;
      }
    });
    const head = headLoss(model, x, batch, weight);
    ops.dispose(x);
    let gradient = head.gradient; // [n, hidden]
    for (let layer = weights.layers.length - 1; layer >= 0; layer--) {
      const options = sublayers(model, context, adapters, layer);
      const entry = kept.pop()!;
      const next = ops.scope(() => {
        const saved = recompute ? layerForward(ops, entry as Handle, options).saved : (entry as SavedLayer);
        const feedForward = feedForwardBackward(ops, saved.feedForward, gradient, options.feedForward);
        if (feedForward.adapterOut) onGradient({ layer, group: "feedForwardOut" }, feedForward.adapterOut);
        if (feedForward.adapterIn) onGradient({ layer, group: "feedForwardIn" }, feedForward.adapterIn);
        ops.dispose(saved.feedForward);
        const attention = attentionBackward(ops, saved.attention, feedForward.input, options.attention);
        if (attention.adapterOut) onGradient({ layer, group: "attentionOut" }, attention.adapterOut);
        if (attention.adapterIn) onGradient({ layer, group: "attentionIn" }, attention.adapterIn);
        return attention.input; // [n, hidden]
      });
      ops.dispose([entry, gradient]);
      gradient = next;
    }
    return head.lossSum;
  });
}
