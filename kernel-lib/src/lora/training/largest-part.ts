// The most that is computed at once in any step, told from the rows before a step is laid out.
import { paddedLength, positionsOf, type TokenRow } from "./batches.js";
import type { PartShape } from "./memory-use.js";
import { longestPacked, type PartOptions } from "./packing.js";

/** Rows are what may meet in a step, and every position may be a target: an upper bound. */
export function largestPart(
  rows: readonly TokenRow[],
  { partTokens, packing, batchSize }: PartOptions & { batchSize: number },
): PartShape {
  const longest = paddedLength(rows.reduce((most, row) => Math.max(most, positionsOf(row)), 1));
  const inStep = longest * Math.min(batchSize, rows.length);
  const packed = packing ? Math.min(longestPacked, partTokens, inStep) : 0;
  const tokens = Math.max(longest, packed);
  const sequences = Math.max(1, Math.floor(Math.min(partTokens, inStep) / tokens));
  return { sequences, tokens, targets: sequences * tokens };
}
