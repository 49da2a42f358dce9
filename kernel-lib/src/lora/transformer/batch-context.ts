// What every layer of one batch shares: its shape, who may look at whom, the rotary tables and the dropout.
import type { AttentionLayout } from "../backends/kernels.js";
import type { Handle, Ops } from "../backends/ops.js";
import type { DropoutMask } from "./linear-group.js";
import type { LinearGroupName } from "./linears.js";
import { rotationTable } from "./rotation.js";
import type { Weights } from "./weights.js";

/** Sequences of equal padded length; each may hold several texts one after the other that do not see each other (packing). */
export interface TokenBlock {
  sequences: number;
  tokens: number;
  /** [sequences·tokens]; padding (any valid number) only at the ends. */
  ids: Int32Array;
  /** Where in its sequence the text of each row begins, [sequences·tokens]; default: at 0. */
  textStarts?: Int32Array;
}

export interface BatchContext {
  layers: readonly AttentionLayout[];
  /** Places of the rows in their texts. */
  positions: Handle; // [n] int32
  /** None while evaluating. */
  dropout?: (layer: number, group: LinearGroupName) => DropoutMask;
}

const hidden = -1e9; // exp underflows to exactly 0, and no −∞ can turn into NaN

/** 0 where a row may look; one mask for all sequences where they agree. */
function additiveMask(ops: Ops, starts: Int32Array, sequences: number, tokens: number, group: number): Handle {
  const alike = starts.every((start, row) => start === starts[row % tokens]);
  const blocks = alike ? 1 : sequences;
  const mask = new Float32Array(blocks * group * tokens * tokens).fill(hidden);
  for (let block = 0; block < blocks; block++)
    for (let row = 0; row < group * tokens; row++) {
      const position = row % tokens;
      const at = (block * group * tokens + row) * tokens;
      mask.fill(0, at + starts[block * tokens + position]!, at + position + 1);
    }
  return ops.fromFloats(mask, [blocks, 1, group * tokens, tokens]); // [blocks, 1, group·tokens, tokens]
}

/** Makes the tables of a batch in the current scope. Layers of one kind (local, global) share theirs. */
export function batchContext(
  ops: Ops,
  weights: Weights,
  { sequences, tokens, textStarts }: Pick<TokenBlock, "sequences" | "tokens" | "textStarts">,
): Omit<BatchContext, "dropout"> {
  const { architecture } = weights;
  const { heads, keyValueHeads, headSize, attentionScale, layers, windowOf, rotationOf, learnedPositions } = architecture;
  const n = sequences * tokens;
  const textStart = (row: number): number => textStarts?.[row] ?? 0;
  const places = Int32Array.from({ length: n }, (_, row) => (row % tokens) - textStart(row));
  const positions = ops.fromIntegers(places, [n]); // [n]
  const longest = places.reduce((most, place) => Math.max(most, place), 0) + 1;
  const kinds = new Map<string, AttentionLayout>();
  const layoutOf = (layer: number): AttentionLayout => {
    const window = windowOf(layer) ?? tokens;
    const rope = rotationOf(layer);
    const kind = JSON.stringify([window, rope]);
    const known = kinds.get(kind);
    if (known) return known;
    const starts = Int32Array.from({ length: n }, (_, row) => Math.max(textStart(row), (row % tokens) - window + 1));
    const layout: AttentionLayout = {
      ...{ sequences, tokens, heads, keyValueHeads, headSize },
      scale: attentionScale,
      normEpsilon: architecture.normEpsilon,
      starts: ops.fromIntegers(starts, [n]), // [n]
      ...(ops.attentionWantsMask && { mask: additiveMask(ops, starts, sequences, tokens, heads / keyValueHeads) }),
      ...(!learnedPositions && { rotation: { ...rotationTable(ops, { positions: longest, headSize, rope }), positions } }),
    };
    kinds.set(kind, layout);
    return layout;
  };
  return { positions, layers: Array.from({ length: layers }, (_, layer) => layoutOf(layer)) };
}
