// Dropout on what the adapters read (Hu et al. 2021, section 5.5; Srivastava et al. 2014), inverted: what stays is scaled up, so nothing
// changes where the adapter is used. A mask is a function of its key alone, so a layer computed twice and a resumed training see the same.
// One mask serves all maps that read the same input; PEFT draws one for each.
import { deriveSeed } from "../../runtime/index.js";
import type { Ops } from "../backends/ops.js";
import type { BatchContext } from "../transformer/batch-context.js";

const levels = 1 << 16; // the share of dropped numbers is a multiple of 1 / 65,536: one 32-bit number decides two of them

/** 0 or 1 / (1 − rate), numbered by position: a Weyl sequence through Wellons's lowbias32. */
export function dropoutValues(length: number, rate: number, seed: number): Float32Array {
  const dropped = Math.round(rate * levels);
  const kept = levels / (levels - dropped);
  const values = new Float32Array(length);
  for (let i = 0; i < length; i += 2) {
    let bits = (seed + Math.imul(i, 0x9e3779b9)) | 0;
    bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
    bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
    bits ^= bits >>> 16;
    if ((bits & 0xffff) >= dropped) values[i] = kept;
    if (bits >>> 16 >= dropped && i + 1 < length) values[i + 1] = kept;
  }
  return values;
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
