// How evenly something is shared out: entropy of labels, Gini coefficient of offspring.

/** Shannon entropy of counts in bits: 0 where one has everything, log2(n) where n have the same. Zero counts add nothing. */
export function entropyBits(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.filter((count) => count > 0).reduce((sum, count) => sum - (count / total) * Math.log2(count / total), 0);
}

/**
 * Gini coefficient of counts (Gini 1912): 0 where all have the same, (n − 1) / n where one of n has everything. Zeros count. 0 for nothing.
 */
export function gini(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return 0;
  const ranked = counts.toSorted((a, b) => a - b).reduce((sum, count, index) => sum + (index + 1) * count, 0);
  return (2 * ranked) / (counts.length * total) - (counts.length + 1) / counts.length;
}
