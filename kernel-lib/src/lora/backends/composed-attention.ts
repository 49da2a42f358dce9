// Causal multi-head attention (Vaswani et al. 2017) with grouped queries (Ainslie et al. 2023), rotary positions and optional query/key
// norms, in primitives. The query heads of a group are folded into rows, so keys and values are never repeated.
import type { AttentionInput, AttentionLayout, Kernels, RotaryTables } from "./kernels.js";
import type { Handle, Primitives } from "./ops.js";

/** [n, keyValueHeads·group·size] to [sequences·keyValueHeads, group·tokens, size]. */
function splitHeads(ops: Primitives, x: Handle, { sequences, tokens, keyValueHeads }: AttentionLayout, group: number): Handle {
  const size = x.shape.at(-1)! / (x.shape.length === 3 ? 1 : keyValueHeads * group);
  const split = ops.reshape(x, [sequences, tokens, keyValueHeads, group, size]);
  return ops.reshape(ops.transpose(split, [0, 2, 3, 1, 4]), [sequences * keyValueHeads, group * tokens, size]);
}

/** The inverse of {@link splitHeads}: [n, keyValueHeads·group·size]. */
function mergeHeads(ops: Primitives, x: Handle, { sequences, tokens, keyValueHeads }: AttentionLayout, group: number): Handle {
  const size = x.shape.at(-1)!;
  const split = ops.reshape(x, [sequences, keyValueHeads, group, tokens, size]);
  return ops.reshape(ops.transpose(split, [0, 3, 1, 2, 4]), [sequences * tokens, keyValueHeads * group * size]);
}

interface HeadInput {
  layout: AttentionLayout;
  count: number;
  norm: Handle | undefined;
}

function rotate(ops: Primitives, x: Handle, { cos, sin, positions }: RotaryTables, direction: 1 | -1): Handle {
  return ops.scope(() => {
    const [n, , size] = x.shape;
    const rows = (table: Handle): Handle => ops.reshape(ops.gatherRows(table, positions), [n!, 1, size!]); // [n, 1, headSize]
    const turned = ops.multiply(ops.swapHalves(x), rows(sin));
    const kept = ops.multiply(x, rows(cos));
    return direction === 1 ? ops.add(kept, turned) : ops.subtract(kept, turned); // [n, heads, headSize]
  });
}

const inverseRmsOf = (ops: Primitives, x: Handle, epsilon: number): Handle =>
  ops.rsqrt(ops.shift(ops.meanLast(ops.square(x)), epsilon)); // [n, heads, 1]

/** Heads [n, count, headSize] normed and rotated, float32. */
function headsForward(ops: Primitives, columns: Handle, { layout, count, norm }: HeadInput): Handle {
  return ops.scope(() => {
    const x = ops.toFloat(ops.reshape(columns, [columns.shape[0]!, count, layout.headSize])); // [n, count, headSize]
    const normed = norm ? ops.multiply(ops.multiply(x, inverseRmsOf(ops, x, layout.normEpsilon)), norm) : x;
    return layout.rotation ? rotate(ops, normed, layout.rotation, 1) : normed;
  });
}

/** Their gradient [n, count, headSize] float32 to that of the columns [n, count·headSize] T. */
function headsGradient(ops: Primitives, columns: Handle, gradient: Handle, { layout, count, norm }: HeadInput): Handle {
  return ops.scope(() => {
    const n = columns.shape[0]!;
    const unrotated = layout.rotation ? rotate(ops, gradient, layout.rotation, -1) : gradient; // [n, count, headSize]
    const flat = (x: Handle): Handle => ops.toProduct(ops.reshape(x, [n, count * layout.headSize]));
    if (!norm) return flat(unrotated);
    const x = ops.toFloat(ops.reshape(columns, [n, count, layout.headSize]));
    const inverse = inverseRmsOf(ops, x, layout.normEpsilon); // [n, count, 1]
    const normed = ops.multiply(x, inverse);
    const weighted = ops.multiply(unrotated, norm);
    const along = ops.meanLast(ops.multiply(weighted, normed)); // [n, count, 1]
    return flat(ops.multiply(ops.subtract(weighted, ops.multiply(normed, along)), inverse));
  });
}

function columnsOf(ops: Primitives, { projected, layout }: AttentionInput) {
  const { heads, keyValueHeads, headSize } = layout;
  const n = projected.shape[0]!;
  const part = (from: number, count: number): Handle => ops.slice(projected, [0, from * headSize], [n, count * headSize]);
  return { query: part(0, heads), key: part(heads, keyValueHeads), value: part(heads + keyValueHeads, keyValueHeads) };
}

/** What scores are made of, in T; the scale is in the queries. */
function heads(ops: Primitives, input: AttentionInput) {
  const { layout, queryNorm, keyNorm } = input;
  const group = layout.heads / layout.keyValueHeads;
  return ops.scope(() => {
    const { query, key, value } = columnsOf(ops, input);
    const queries = headsForward(ops, query, { layout, count: layout.heads, norm: queryNorm }); // [n, heads, headSize]
    const keys = headsForward(ops, key, { layout, count: layout.keyValueHeads, norm: keyNorm });
    return {
      query: splitHeads(ops, ops.toProduct(ops.scale(queries, layout.scale)), layout, group), // [s·kv, group·tokens, headSize]
      key: splitHeads(ops, ops.toProduct(keys), layout, 1), // [s·kv, tokens, headSize]
      value: splitHeads(ops, value, layout, 1), // [s·kv, tokens, headSize]
    };
  });
}

export function composedAttention(ops: Primitives): Pick<Kernels, "attention" | "attentionGradient" | "attentionWantsMask"> {
  return {
    attentionWantsMask: true,
    attention: (input) =>
      ops.scope(() => {
        const { layout } = input;
        const { sequences, tokens, keyValueHeads } = layout;
        const group = layout.heads / keyValueHeads;
        const { query, key, value } = heads(ops, input);
        const scores = ops.toFloat(ops.matMul(query, key, { transposeB: true })); // [s·kv, group·tokens, tokens]
        const byHead = ops.reshape(scores, [sequences, keyValueHeads, group * tokens, tokens]);
        const masked = ops.reshape(ops.add(byHead, layout.mask!), scores.shape);
        const probabilities = ops.toProduct(ops.softmax(masked)); // [s·kv, group·tokens, tokens]
        const mixed = mergeHeads(ops, ops.matMul(probabilities, value), layout, group); // [n, heads·headSize]
        return { mixed, saved: { probabilities } };
      }),
    /** The softmax's row term is Σ dO∘O (Dao et al. 2022, appendix B.2). */
    attentionGradient: (input) =>
      ops.scope(() => {
        const { layout, mixed, gradient, saved, queryNorm, keyNorm } = input;
        const { probabilities } = saved;
        const n = mixed.shape[0]!;
        const group = layout.heads / layout.keyValueHeads;
        const { query, key, value } = heads(ops, input);
        const products = ops.multiply(ops.toFloat(gradient), ops.toFloat(mixed)); // [n, heads·headSize]
        const terms = ops.sumLast(ops.reshape(products, [n, layout.heads, layout.headSize])); // [n, heads, 1]
        const rowTerms = splitHeads(ops, terms, layout, group); // [s·kv, group·tokens, 1]
        const dMixed = splitHeads(ops, gradient, layout, group); // [s·kv, group·tokens, headSize]
        const dProbabilities = ops.toFloat(ops.matMul(dMixed, value, { transposeB: true })); // [s·kv, group·tokens, tokens]
        const centred = ops.subtract(dProbabilities, rowTerms);
        const dScores = ops.toProduct(ops.multiply(ops.toFloat(probabilities), centred)); // [s·kv, group·tokens, tokens]
        const rows = (x: Handle, count: number): Handle =>
          ops.reshape(ops.toFloat(mergeHeads(ops, x, layout, count / layout.keyValueHeads)), [n, count, layout.headSize]);
        const dQuery = ops.scale(rows(ops.matMul(dScores, key), layout.heads), layout.scale); // [n, heads, headSize]
        const dKey = rows(ops.matMul(dScores, query, { transposeA: true }), layout.keyValueHeads);
        const dValue = mergeHeads(ops, ops.matMul(probabilities, dMixed, { transposeA: true }), layout, 1);
        const columns = columnsOf(ops, input);
        return ops.concat(
          [
            headsGradient(ops, columns.query, dQuery, { layout, count: layout.heads, norm: queryNorm }),
            headsGradient(ops, columns.key, dKey, { layout, count: layout.keyValueHeads, norm: keyNorm }),
            dValue,
          ],
          1,
        ); // [n, (heads + 2·keyValueHeads)·headSize]
      }),
  };
}
