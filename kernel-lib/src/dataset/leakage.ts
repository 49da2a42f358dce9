// Domain leakage: rows of one domain that speak another's language, which the paper's own figure shows (stock exchanges in a biomedical
// word cloud).
import type { DomainWords } from "./domain-words.js";
import { contentWords } from "./function-words.js";
import type { Triple } from "./triple.js";

export interface LeakageExample {
  id: string;
  /** Foreign words of the row, strongest first. */
  words: string;
  foreign: number;
  own: number;
}

export interface Leakage {
  domain: string;
  foreignDomain: string;
  /** Rows that hold at least two different foreign words and more of them than words of their own domain, of all rows, 0–1. */
  share: number;
  leaked: number;
  of: number;
  /** Rows with any foreign word, of all rows. */
  touchedShare: number;
  /** The foreign words found in the rows that leak, commonest first. */
  words: { word: string; rows: number }[];
  /** The worst rows, most foreign words first. */
  examples: LeakageExample[];
}

const minimumForeign = 2;

/** Looks for the words of `foreignDomain` in the rows of `domain`; `examples` (default 10) bounds how many rows are named. */
export function domainLeakage(options: {
  triples: readonly Pick<Triple, "id" | "instruction" | "input" | "output">[];
  words: DomainWords;
  domain: string;
  foreignDomain: string;
  examples?: number;
}): Leakage {
  const { triples, domain, foreignDomain } = options;
  const ownWords = options.words.get(domain) ?? new Map<string, number>();
  const foreignWords = options.words.get(foreignDomain) ?? new Map<string, number>();
  const found = new Map<string, number>();
  const leaks: LeakageExample[] = [];
  let touched = 0;
  for (const { id, instruction, input, output } of triples) {
    const held = [...new Set(contentWords(`${instruction} ${input} ${output}`))];
    const foreign = held.filter((word) => foreignWords.has(word)).sort((a, b) => foreignWords.get(b)! - foreignWords.get(a)!);
    const own = held.filter((word) => ownWords.has(word)).length;
    if (foreign.length > 0) touched++;
    if (foreign.length < minimumForeign || foreign.length <= own) continue;
    leaks.push({ id, words: foreign.join(" "), foreign: foreign.length, own });
    for (const word of foreign) found.set(word, (found.get(word) ?? 0) + 1);
  }
  const part = (rows: number): number => (triples.length === 0 ? 0 : rows / triples.length);
  return {
    domain,
    foreignDomain,
    share: part(leaks.length),
    leaked: leaks.length,
    of: triples.length,
    touchedShare: part(touched),
    words: [...found].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([word, rows]) => ({ word, rows })),
    examples: leaks.toSorted((a, b) => b.foreign - a.foreign || (a.id < b.id ? -1 : 1)).slice(0, options.examples ?? 10),
  };
}
