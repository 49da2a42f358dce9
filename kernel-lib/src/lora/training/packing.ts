// How the rows of a step lie in memory: packed into sequences (first fit by falling length, Johnson 1974), sequences of like length
// together in parts that are computed at once. A pure function of the rows, so a resumed training adds up in the same order.
import { paddedLength, positionsOf, type TokenRow } from "./batches.js";

export interface PartOptions {
  /** Padded positions that are computed at once; a sequence that is longer is a part of its own. */
  partTokens: number;
  /** Several rows may share a sequence. On the quickstart's rows this cuts padding from 33–36 % of the positions to 6 %. */
  packing: boolean;
}

interface Filled {
  rows: TokenRow[];
  positions: number;
}

/** Sequences of at most `capacity` positions; 0: one row each. Rows come longest first. */
function fill(rows: readonly TokenRow[], capacity: number): Filled[] {
  const sequences: Filled[] = [];
  for (const row of rows) {
    const own = positionsOf(row);
    const open = sequences.find(({ positions }) => positions + own <= capacity);
    if (open) {
      open.rows.push(row);
      open.positions += own;
    } else sequences.push({ rows: [row], positions: own });
  }
  return sequences.sort((a, b) => b.positions - a.positions);
}

function cutIntoParts(sequences: readonly Filled[], partTokens: number): Filled[][] {
  const parts: Filled[][] = [];
  for (const sequence of sequences) {
    const part = parts.at(-1);
    if (part && (part.length + 1) * paddedLength(part[0]!.positions) <= partTokens) part.push(sequence);
    else parts.push([sequence]);
  }
  return parts;
}

/** Attention looks at all pairs of a sequence: about here it costs as much as the rest of a small model (SmolLM2-135M: 3,072 by count). */
const attentionLength = 2048;

const costOf = (parts: readonly Filled[][]): number =>
  parts.reduce((sum, part) => {
    const length = paddedLength(part[0]!.positions);
    return sum + part.length * length * (1 + length / attentionLength);
  }, 0);

export const longestPacked = 512; // beyond it a few positions less are not worth attention over so many

/** The parts of a step, each a list of sequences, each a list of rows. With packing, the capacity that costs least is taken. */
export function partsOf(rows: readonly TokenRow[], { partTokens, packing }: PartOptions): TokenRow[][][] {
  const byLength = [...rows].sort((a, b) => positionsOf(b) - positionsOf(a));
  let best = cutIntoParts(fill(byLength, 0), partTokens);
  const first = paddedLength(positionsOf(byLength[0]!));
  const last = packing ? Math.max(first, Math.min(longestPacked, partTokens)) : 0;
  for (let capacity = first; capacity <= last; capacity += paddedLength(1)) {
    const parts = cutIntoParts(fill(byLength, capacity), partTokens);
    if (costOf(parts) < costOf(best)) best = parts;
  }
  return best.map((part) => part.map((sequence) => sequence.rows));
}
