// BM25 with the parameters and the idf of Lucene's formula, in float64:
//   score(q, d) = Σ over q's terms, with repetitions, of ln(1 + (N − df + ½) / (df + ½)) · tf / (tf + k1 · (1 − b + b · |d| / mean))
// (Robertson & Zaragoza 2009; "lucene" in Kamphuis et al. 2020 and in bm25s). k1 is 1.5 as in rank-bm25 and bm25s.
//
// LanceDB 0.37 (Lance 10, rust/lance-index/src/scalar/inverted/scorer.rs) has k1 fixed at 1.2, the factor (k1 + 1) = 2.2, float32, and the
// same idf, b, unquantised lengths and statistics over all partitions. So its score is 2.2 times ours at k1 = 1.2, and its order differs from
// that of k1 = 1.5. We take its best passages as candidates and compute their scores anew; `ceilingFactor` tells when no other can win.

export const k1 = 1.5;
export const b = 0.75;
/** LanceDB's own. */
export const lanceK1 = 1.2;

export interface Statistics {
  /** Passages. */
  count: number;
  /** Mean number of terms. */
  meanLength: number;
}

/** k1 · (1 − b + b · |d| / mean). */
const norm = (length: number, { meanLength }: Statistics, k: number): number => k * (1 - b + (b * length) / meanLength);

/** tf / (tf + norm), from 0 to 1. */
export const saturation = (frequency: number, length: number, statistics: Statistics, k = k1): number =>
  frequency / (frequency + norm(length, statistics, k));

export const idf = (passagesWithTerm: number, { count }: Statistics): number =>
  Math.log(1 + (count - passagesWithTerm + 0.5) / (passagesWithTerm + 0.5));

/** How many passages have a term, from its idf. */
export const passagesFromIdf = (value: number, { count }: Statistics): number => Math.round((count + 1) / Math.exp(value) - 0.5);

/** LanceDB's score of one term in one passage, without its idf. */
export const lanceWeight = (frequency: number, length: number, statistics: Statistics): number =>
  (lanceK1 + 1) * saturation(frequency, length, statistics, lanceK1);

/**
 * The most that a score at k1 can be, as a part of the sum at LanceDB's k1. With s the saturation at 1.2 and r = k1 / 1.2, the one at k1 is
 * s / (r − (r − 1) s): at most s / (r − (r − 1) m) where no saturation of the query's terms in the corpus is above m.
 */
export const ceilingFactor = (highestSaturation: number): number => {
  const r = k1 / lanceK1;
  return 1 / (r - (r - 1) * highestSaturation);
};
