// Low-rank adaptation of frozen linear maps (Hu et al. 2021, eq. 3): y = x·Wᵀ + s·(x·Aᵀ)·Bᵀ with A [r, in], B [out, r], s = alpha / r.
// The gradients are written out: W is never trained, so its gradient is never formed, and of the frozen path nothing is kept.

import type { Handle, Ops } from "../backends/ops.js";
import type { LinearName } from "./linears.js";

/** Frozen maps that read the same input. */
export type FrozenLinears = readonly { readonly name: LinearName; readonly weight: Handle /* [out, in] */ }[];

/** The adapters of such a group: the A matrices stacked, so that one product gives every x·Aᵀ. */
export interface GroupAdapter {
  /** In the order of `pairs`. */
  readonly stackedA: Handle; // [pairs·r, in]
  /** B already multiplied by s. */
  readonly pairs: readonly { readonly name: LinearName; readonly scaledB: Handle /* [out, r] */ }[];
  readonly rank: number;
}

export interface LinearsResult {
  /** One a map, in product precision. */
  outputs: Handle[]; // [n, out]
  /** x·Aᵀ of every adapted map, kept for the backward pass. */
  down?: Handle; // [n, pairs·r]
}

/** x [n, in] in product precision. */
export function linearsForward(ops: Ops, x: Handle, frozen: FrozenLinears, adapter: GroupAdapter | undefined): LinearsResult {
  return ops.scope(() => {
    const down = adapter && ops.matMul(x, adapter.stackedA, { transposeB: true }); // [n, pairs·r]
    const outputs = frozen.map(({ name, weight }) => {
      const base = ops.matMul(x, weight, { transposeB: true }); // [n, out]
      const at = adapter?.pairs.findIndex((pair) => pair.name === name) ?? -1;
      if (!adapter || !down || at < 0) return base;
      const own = ops.slice(down, [0, at * adapter.rank], [x.shape[0]!, adapter.rank]); // [n, r]
      return ops.add(base, ops.matMul(own, adapter.pairs[at]!.scaledB, { transposeB: true })); // [n, out]
    });
    return { outputs, ...(down && { down }) };
  });
}

export interface LinearsBackward {
  x: Handle; // [n, in], product precision
  down?: Handle; // [n, pairs·r]
  /** dy of each map, in product precision. */
  gradients: readonly Handle[]; // [n, out]
  frozen: FrozenLinears;
  adapter?: GroupAdapter | undefined;
}

export interface AdapterGradient {
  stackedA: Handle; // [pairs·r, in]
  /** With respect to s·B; the trainer multiplies by s. */
  scaledB: Handle[]; // [out, r]
}

/** dx (float32) = Σ dyᵢ·Wᵢ + du·A with duᵢ = dyᵢ·(sBᵢ); d(sBᵢ) = dyᵢᵀ·uᵢ; dA = duᵀ·x. */
export function linearsBackward(ops: Ops, { x, down, gradients, frozen, adapter }: LinearsBackward) {
  return ops.scope((): { input: Handle; adapter?: AdapterGradient } => {
    const through = frozen.map(({ weight }, i) => ops.matMul(gradients[i]!, weight)); // [n, in]
    if (!adapter || !down) return { input: ops.toFloat(ops.addAll(through)) };
    const gradientOf = (name: LinearName): Handle => gradients[frozen.findIndex((linear) => linear.name === name)]!;
    const downParts = adapter.pairs.map(({ name, scaledB }) => ops.matMul(gradientOf(name), scaledB)); // [n, r]
    const downGradient = downParts.length === 1 ? downParts[0]! : ops.concat(downParts, 1); // [n, pairs·r]
    const scaledB = adapter.pairs.map(({ name }, i) => {
      const own = ops.slice(down, [0, i * adapter.rank], [x.shape[0]!, adapter.rank]); // [n, r]
      return ops.matMul(gradientOf(name), own, { transposeA: true }); // [out, r]
    });
    return {
      input: ops.toFloat(ops.addAll([...through, ops.matMul(downGradient, adapter.stackedA)])), // [n, in]
      adapter: { stackedA: ops.matMul(downGradient, x, { transposeA: true }), scaledB },
    };
  });
}
