// Closed labels against each other: a classifier's training set in which one answer dominates teaches that answer.
import { rougeTokens } from "../filter/index.js";
import { entropyBits } from "./concentration.js";
import type { Triple } from "./triple.js";

export interface LabelBalance {
  /** Commonest first; share among all closed answers, 0–1. */
  rows: { label: string; rows: number; share: number }[];
  /** Rows with a closed answer. */
  labelled: number;
  /** Shannon entropy in bits; `evenness` is that over its maximum, 0–1 (Pielou 1966), 1 where there are fewer than two labels. */
  entropy: number;
  evenness: number;
  /** Of the commonest label, 0–1. */
  topShare: number;
}

/** An answer of more words is written, not chosen. */
const maxLabelWords = 3;

/**
 * Counts closed answers: of at most three words, and either offered by their own instruction or given to at least two different
 * instructions. Case and punctuation do not matter.
 */
export function labelBalance(triples: readonly Pick<Triple, "instruction" | "output">[]): LabelBalance {
  const answers = triples.map(({ instruction, output }) => {
    const words = rougeTokens(output);
    const label = words.length > 0 && words.length <= maxLabelWords ? words.join(" ") : null;
    return { instruction, label };
  });
  const askers = new Map<string, Set<string>>();
  for (const { instruction, label } of answers)
    if (label !== null) askers.set(label, (askers.get(label) ?? new Set()).add(instruction));
  const counts = new Map<string, number>();
  for (const { instruction, label } of answers) {
    if (label === null) continue;
    const isOffered = (): boolean => ` ${rougeTokens(instruction).join(" ")} `.includes(` ${label} `);
    if (askers.get(label)!.size > 1 || isOffered()) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const labelled = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const rows = [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([label, rows]) => ({ label, rows, share: rows / labelled }));
  const entropy = entropyBits([...counts.values()]);
  const evenness = counts.size < 2 ? 1 : entropy / Math.log2(counts.size);
  return { rows, labelled, entropy, evenness, topShare: rows[0]?.share ?? 0 };
}
