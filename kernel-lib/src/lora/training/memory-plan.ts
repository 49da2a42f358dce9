// Whether a batch's activations fit in memory, or layers have to be computed again on the way back.
import { freemem } from "node:os";
import type { Precision } from "../backends/ops.js";
import type { Architecture } from "../transformer/architecture.js";

/** Bytes that the forward pass of one padded token keeps, all layers together (see the Saved… interfaces). */
export function keptBytesPerToken(architecture: Architecture, tokens: number, precision: Precision): number {
  const { hidden, feedForward, gated, heads, keyValueHeads, headSize, layers, postNorms } = architecture;
  const product = precision === "bfloat16" ? 2 : 4;
  const inProduct = (2 * heads + 2 * keyValueHeads) * headSize + heads * tokens + (gated ? 2 : 1) * feedForward;
  const residuals = 2 * hidden * 4;
  return layers * (residuals + product * (inProduct + (postNorms ? 2 * hidden : 0)));
}

export interface MemoryPlan {
  architecture: Architecture;
  /** Sequences times their padded length. */
  sequences: number;
  tokens: number;
  precision: Precision;
  /** null: half of the memory that is free now. Either choice gives the same numbers. */
  memoryBytes: number | null;
}

export function needsRecompute({ architecture, sequences, tokens, precision, memoryBytes }: MemoryPlan): boolean {
  return sequences * tokens * keptBytesPerToken(architecture, tokens, precision) > (memoryBytes ?? freemem() / 2);
}
