// What a training will hold at its peak, part by part, told from shapes alone. The counts follow the tensors of `transformer/`: what a
// layer saves (the Saved… interfaces), and what is alive at once while it is computed back.
import type { Adapter } from "../adapters/adapter.js";
import type { Precision } from "../backends/ops.js";
import type { Architecture } from "../transformer/architecture.js";
import { chunkRows } from "../transformer/head-loss.js";
import type { WeightBytes } from "../transformer/weight-bytes.js";

/** The largest part of a step: what is computed at once. */
export interface PartShape {
  sequences: number;
  /** Padded length of each. */
  tokens: number;
  /** Positions whose next token is trained. */
  targets: number;
}

export interface MemoryShape {
  architecture: Architecture;
  precision: Precision;
  /** The backend has the fused kernels; composed ones hold several float32 copies. */
  fused: boolean;
  weights: WeightBytes;
  adapter: Pick<Adapter, "groups" | "parameters">;
  part: PartShape;
}

export interface MemoryUse {
  /** Frozen matrices between their uses. */
  weightBytes: number;
  /** Adapter, its gradient and its optimiser state, and its copy in the backend. */
  adapterBytes: number;
  /** What the forward pass leaves for the backward pass. */
  activationBytes: number;
  /** What is alive besides, at the worst moment: the temporaries of a layer or the head, unpacked matrices, or the loading. */
  workBytes: number;
  /** All of it, with what the libraries keep for themselves. */
  neededBytes: number;
}

/** Measured on SmolLM2-135M: prepared kernels, thread buffers and freed memory that malloc keeps. */
const librariesKeep = 160 * 2 ** 20;

const sizeOf = (precision: Precision): number => (precision === "bfloat16" ? 2 : 4);

/** Bytes that the forward pass of one padded token keeps in one layer. */
function keptInLayer(
  { hidden, feedForward, gated, heads, keyValueHeads, headSize, postNorms }: Architecture,
  tokens: number,
  size: number,
) {
  const inProduct = (2 * heads + 2 * keyValueHeads) * headSize + heads * tokens + (gated ? 2 : 1) * feedForward;
  return 2 * 4 * hidden + size * (inProduct + (postNorms ? 2 * hidden : 0));
}

/** Bytes that the forward pass of one padded token keeps, all layers together. */
export const keptBytesPerToken = (architecture: Architecture, tokens: number, precision: Precision): number =>
  architecture.layers * keptInLayer(architecture, tokens, sizeOf(precision));

/** Temporaries of one padded token while a layer is computed back. */
function layerWork({ architecture, precision, fused, part }: MemoryShape): number {
  const { hidden, feedForward, gated, heads, keyValueHeads, headSize } = architecture;
  const size = sizeOf(precision);
  const projected = (heads + 2 * keyValueHeads) * headSize;
  const gate = (gated ? 2 : 1) * feedForward;
  const residual = 2 * 4 * hidden;
  const scores = heads * part.tokens;
  const scoresTwice = 2 * scores; // the gradient of the probabilities, and the copy a product makes of them in its own order
  const attention =
    size * (scoresTwice + 3 * projected + 2 * heads * headSize + 2 * hidden) + (fused ? 0 : 4 * (4 * scores + 4 * projected));
  const feed = size * (2 * feedForward + gate + 3 * hidden) + (fused ? 0 : 4 * (6 * feedForward + gate));
  return residual + Math.max(attention, feed);
}

/** Temporaries of the head: its states, and the logits of a chunk. */
function headWork({ architecture, precision, fused, part }: MemoryShape): number {
  const { hidden, vocabulary } = architecture;
  const size = sizeOf(precision);
  const logits = Math.min(chunkRows({ architecture }), part.targets) * vocabulary;
  return part.targets * hidden * (3 * size + 2 * 4) + logits * (fused ? size : 5 * 4);
}

function adapterBytes({ adapter, precision }: MemoryShape): number {
  const copies = adapter.groups.reduce((sum, { rows, in: width, out }) => sum + rows * (width + out), 0);
  return 4 * 4 * adapter.parameters.length + copies * (sizeOf(precision) + 4);
}

/** The peak with every layer's activations kept, or with layer inputs kept and the rest computed again. */
export function memoryUse(shape: MemoryShape, recompute: boolean): MemoryUse {
  const { architecture, precision, weights, part } = shape;
  const size = sizeOf(precision);
  const rows = part.sequences * part.tokens;
  const inLayer = keptInLayer(architecture, part.tokens, size);
  const activations =
    rows * (recompute ? architecture.layers * 4 * architecture.hidden + inLayer : architecture.layers * inLayer);
  // A group of several types is unpacked part by part and then joined.
  const inLayers = rows * layerWork(shape) + 2 * size * weights.unpackedGroup;
  const inHead = headWork(shape) + size * weights.unpackedHead;
  const adapter = adapterBytes(shape);
  const training = adapter + activations + Math.max(inLayers, inHead);
  return {
    weightBytes: weights.resting,
    adapterBytes: adapter,
    activationBytes: activations,
    workBytes: Math.max(training, weights.loading) - adapter - activations,
    neededBytes: weights.resting + Math.max(training, weights.loading) + librariesKeep,
  };
}
