// Dropout on what the adapters read (Hu et al. 2021, section 5.5; Srivastava et al. 2014), inverted: what stays is scaled up, so nothing
// changes where the adapter is used. A mask is a function of its key alone, so a layer computed twice and a resumed training see the same.
// One mask serves all maps that read the same input; PEFT draws one for each.
import { deriveSeed } from "../../runtime/index.js";
import type { Ops } from "../backends/ops.js";
import type { BatchContext } from "../transformer/batch-context.js";

const levels = 1 << 16; // the share of dropped numbers is a multiple of 1 / 65,536: one 32-bit number decides two of them

/**
 * 0 or 1 / (1 − rate), numbered by position: a Weyl sequence through Wellons's lowbias32. Written as the bits of floats, without a
 * branch: hundreds of millions of numbers a step.
 */
export function dropoutValues(length: number, rate: number, seed: number): Float32Array {
  const dropped = Math.round(rate * levels);
  const kept = new Int32Array(Float32Array.of(levels / (levels - dropped)).buffer)[0]!;
  const bits = new Int32Array(length);
  for (let i = 0; i < length; i += 2) {
    let hash = (seed + Math.imul(i, 0x9e3779b9)) | 0;
    hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
    hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
    hash ^= hash >>> 16;
    bits[i] = ~(((hash & 0xffff) - dropped) >> 31) & kept; // all ones where the number is not below `dropped`
    bits[i + 1] = ~(((hash >>> 16) - dropped) >> 31) & kept; // beyond an odd end nothing is written
  }
  return new Float32Array(bits.buffer);
}

/** The masks of one part of one step. */
export function dropoutMasks(options: {
  ops: Ops;
  /** Share of numbers that become zero, below 1. */
  rate: number;
  seed: number;
  step: number;
  part: number;
}): NonNullable<BatchContext["dropout"]> {
  const { ops, rate, seed, step, part } = options;
  return (layer, group) => (rows, width) => {
    const values = dropoutValues(rows * width, rate, deriveSeed(seed, "lora", "dropout", step, part, layer, group));
    return ops.scope(() => ops.toProduct(ops.fromFloats(values, [rows, width]))); // [rows, width]
  };
}
