// Which words speak for which domain: log-odds with an informative Dirichlet prior (Monroe et al. 2008, "Fightin' Words"), from texts
// that the caller has: seeds, dictionary definitions. No list is written by hand.
import { contentWords } from "./function-words.js";

export interface DomainWords {
  /** Each domain's own words with their z-score, strongest first. */
  words: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** A word must speak for its domain with this certainty: the two-sided 95 % quantile of the normal distribution. */
const minimumZ = 1.96;

function countWords(texts: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const word of contentWords(text)) if (/^[a-z]{3,}$/.test(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

const total = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((sum, count) => sum + count, 0);

/**
 * The words of each domain against the others together. The prior of a word is its count in all texts scaled to a tenth of them, so that
 * a word seen once or twice proves nothing.
 */
export function domainWords(texts: Readonly<Record<string, readonly string[]>>): DomainWords {
  const counts = Object.entries(texts).map(([domain, own]) => ({ domain, own: countWords(own) }));
  const all = countWords(Object.values(texts).flat());
  const everything = total(all);
  const weight = 0.1;
  const words = new Map(
    counts.map(({ domain, own }) => {
      const size = total(own);
      const found = [...own].flatMap(([word, count]): [string, number][] => {
        const prior = weight * all.get(word)!;
        const elsewhere = all.get(word)! - count;
        const odds = (n: number, of: number): number => Math.log((n + prior) / (of + weight * everything - n - prior));
        const difference = odds(count, size) - odds(elsewhere, everything - size);
        const z = difference / Math.sqrt(1 / (count + prior) + 1 / (elsewhere + prior));
        return z >= minimumZ ? [[word, z]] : [];
      });
      return [domain, new Map(found.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)))];
    }),
  );
  return { words };
}
