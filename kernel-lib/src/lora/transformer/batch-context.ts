// What every layer of one batch shares: its shape, the causal masks and the rotation tables.
import type { Handle, Ops } from "../backends/ops.js";
import { type RotationTable, rotationTable } from "./rotation.js";
import type { Weights } from "./weights.js";

export interface LayerContext {
  /** 0 where a query may look, a large negative number elsewhere; rows are (query head of the group, position). */
  mask: Handle; // [group·tokens, tokens]
  /** Carries the attention scale. */
  query: RotationTable;
  key: RotationTable;
}

export interface BatchContext {
  /** Sequences in the batch. */
  sequences: number;
  /** Padded length of each. Padding lies at the end: the causal mask alone hides it from every real token. */
  tokens: number;
  layers: readonly LayerContext[];
}

const hidden = -1e9; // exp underflows to exactly 0, and no −∞ can turn into NaN

function causalMask(ops: Ops, group: number, tokens: number, window = tokens): Handle {
  const mask = new Float32Array(group * tokens * tokens).fill(hidden);
  for (let row = 0; row < group * tokens; row++) {
    const position = row % tokens;
    mask.fill(0, row * tokens + Math.max(0, position - window + 1), row * tokens + position + 1);
  }
  return ops.fromFloats(mask, [group * tokens, tokens]); // [group·tokens, tokens]
}

/** Makes the tables of a batch; the caller disposes of them. Layers of one kind (local, global) share theirs. */
export function batchContext(
  ops: Ops,
  weights: Weights,
  { sequences, tokens }: { sequences: number; tokens: number },
): BatchContext {
  const { architecture, frequencyDivisors } = weights;
  const { heads, keyValueHeads, headSize, attentionScale, layers, windowOf, rotationOf } = architecture;
  const kinds = new Map<string, LayerContext>();
  const contextOf = (layer: number): LayerContext => {
    const window = windowOf(layer);
    const rotation = rotationOf(layer);
    const kind = JSON.stringify([window, rotation]);
    const table = (factor: number): RotationTable =>
      rotationTable(ops, { tokens, headSize, factor, ...rotation, ...(frequencyDivisors && { frequencyDivisors }) });
    const context = kinds.get(kind) ?? {
      mask: causalMask(ops, heads / keyValueHeads, tokens, window),
      query: table(attentionScale),
      key: table(1),
    };
    kinds.set(kind, context);
    return context;
  };
  return { sequences, tokens, layers: Array.from({ length: layers }, (_, layer) => contextOf(layer)) };
}
