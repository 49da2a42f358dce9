// Low-rank adaptation of frozen linear maps that read the same input (Hu et al. 2021, eq. 3): y = x·Wᵀ + b + (x·Aᵀ)·F, where the A
// matrices are stacked and F holds each s·Bᵀ over its map's columns and zeros elsewhere, so one product serves all maps of the group.
// The gradients are written out: W is never trained, so its gradient is never formed, and of the frozen path nothing is kept.
import type { Handle, Ops } from "../backends/ops.js";
import type { FrozenMatrix } from "./frozen-matrix.js";

/** Frozen maps stacked by rows. */
export interface FrozenGroup {
  readonly weight: FrozenMatrix; // [out, in]
  readonly bias?: Handle; // [out] T
}

/** The adapters of such a group; maps without one have zero columns in `spreadB`. */
export interface GroupAdapter {
  readonly stackedA: Handle; // [k, in] T, k = maps·rank
  readonly spreadB: Handle; // [k, out] T, scale included
}

/** Inverted dropout on what the adapters read: 0 or 1 / (1 − p), the same each time it is asked for. */
export type DropoutMask = (rows: number, width: number) => Handle; // [rows, width] T

export interface GroupForward {
  x: Handle; // [n, in] T
  frozen: FrozenGroup;
  adapter: GroupAdapter | undefined;
  dropout?: DropoutMask | undefined;
}

export interface GroupResult {
  output: Handle; // [n, out] T
  /** x·Aᵀ, kept for the gradient. */
  down?: Handle; // [n, k] T
}

const dropped = (ops: Ops, x: Handle, dropout: DropoutMask | undefined): Handle =>
  dropout ? ops.multiply(x, dropout(x.shape[0]!, x.shape[1]!)) : x; // [n, in] T

export function groupForward(ops: Ops, { x, frozen, adapter, dropout }: GroupForward): GroupResult {
  return ops.scope(() => {
    const weight = frozen.weight.load(ops); // [out, in]
    const biased = (product: Handle): Handle => (frozen.bias ? ops.add(product, frozen.bias) : product); // [n, out]
    if (!adapter) return { output: biased(ops.matMul(x, weight, { transposeB: true })) };
    const down = ops.matMul(dropped(ops, x, dropout), adapter.stackedA, { transposeB: true }); // [n, k]
    return { output: biased(ops.adaptedMatMul({ a: x, b: weight, transposeB: true, u: down, f: adapter.spreadB })), down };
  });
}

export interface GroupBackward extends GroupForward {
  down?: Handle | undefined; // [n, k] T
  gradient: Handle; // [n, out] T
  /** Nothing below is trained: dx is not wanted. */
  last?: boolean;
}

export interface AdapterGradient {
  stackedA: Handle; // [k, in] float32
  /** With respect to `spreadB`; only the blocks of adapted maps mean something. */
  spreadB: Handle; // [k, out] float32
}

/** dx = dy·W + (du·A), du = dy·Fᵀ; dF = uᵀ·dy; dA = duᵀ·x. */
export function groupBackward(ops: Ops, options: GroupBackward): { input?: Handle /* T */; adapter?: AdapterGradient } {
  const { x, frozen, adapter, dropout, down, gradient, last } = options;
  return ops.scope(() => {
    const weight = last ? undefined : frozen.weight.load(ops); // [out, in]
    if (!adapter || !down) return weight ? { input: ops.matMul(gradient, weight) } : {};
    const downGradient = ops.matMul(gradient, adapter.spreadB, { transposeB: true }); // [n, k]
    const own = {
      stackedA: ops.lowRankGradient(downGradient, dropped(ops, x, dropout)), // [k, in]
      spreadB: ops.lowRankGradient(down, gradient), // [k, out]
    };
    if (!weight) return { adapter: own };
    const input = dropout
      ? ops.add(ops.matMul(gradient, weight), dropped(ops, ops.matMul(downGradient, adapter.stackedA), dropout)) // [n, in]
      : ops.adaptedMatMul({ a: gradient, b: weight, u: downGradient, f: adapter.stackedA }); // [n, in]
    return { input, adapter: own };
  });
}
