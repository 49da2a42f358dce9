// The output head: logits of chosen rows, and the cross-entropy of target rows. Logits exist for a chunk of rows at a time.
import type { Handle, Ops } from "../backends/ops.js";
import { normBackward, normForward } from "./normalisation.js";
import type { Weights } from "./weights.js";

/** Rows of logits worth of memory that are computed at once: 8 M values are 32 MB in float32. */
const logitsAtOnce = 1 << 23;
export const chunkRows = ({ architecture }: Pick<Weights, "architecture">): number =>
  Math.min(512, Math.max(16, Math.floor(logitsAtOnce / architecture.vocabulary)));

/** Logits [m, vocabulary] in float32 of states [m, hidden]. */
export function logitsOf(ops: Ops, weights: Weights, states: Handle): Handle {
  const { head, outputNorm, architecture } = weights;
  return ops.scope(() => {
    const { output } = normForward(ops, states, outputNorm, architecture.normEpsilon);
    return ops.toFloat(ops.matMul(output, head.load(ops), { transposeB: true })); // [m, vocabulary]
  });
}

export interface HeadLoss {
  /** One chunk after the other, nats, unweighted. */
  losses: Handle[]; // [c] each
  gradient: Handle; // [m, hidden] float32, of the weighted sum
}

/** Loss of states [m, hidden] float32 against the tokens they should predict, and its gradient. */
export function headLoss(ops: Ops, weights: Weights, states: Handle, targetIds: Int32Array, weight: number): HeadLoss {
  const { head, outputNorm, architecture } = weights;
  return ops.scope(() => {
    const { output: normed, inverse } = normForward(ops, states, outputNorm, architecture.normEpsilon); // [m, hidden]
    const matrix = head.load(ops); // [vocabulary, hidden]
    const losses: Handle[] = [];
    const parts: Handle[] = [];
    const chunks = Math.ceil(targetIds.length / chunkRows(weights));
    const step = Math.ceil(targetIds.length / chunks);
    for (let first = 0; first < targetIds.length; first += step) {
      const count = Math.min(step, targetIds.length - first);
      const part = ops.scope(() => {
        const logits = ops.matMul(ops.slice(normed, [first, 0], [count, architecture.hidden]), matrix, { transposeB: true });
        const labels = ops.fromIntegers(targetIds.subarray(first, first + count), [count]); // [count]
        const { losses: rows, gradient } = ops.crossEntropy(logits, labels, weight);
        return { rows, gradient: ops.matMul(gradient, matrix) }; // [count], [count, hidden]
      });
      losses.push(part.rows);
      parts.push(part.gradient);
    }
    const gradient = parts.length === 1 ? parts[0]! : ops.concat(parts, 0); // [m, hidden]
    return { losses, gradient: normBackward(ops, { x: states, inverse, norm: outputNorm, gradient }) };
  });
}
