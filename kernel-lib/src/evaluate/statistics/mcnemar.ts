// McNemar's test (1947) in its exact form: of the items that only one of two systems gets right, how uneven is the split? Binomial with
// p = 1/2, no continuity correction, no mid-p.

/** ln n!, by adding logarithms: the counts are numbers of items. */
function logFactorials(n: number): Float64Array {
  const logs = new Float64Array(n + 1);
  for (let i = 2; i <= n; i++) logs[i] = logs[i - 1]! + Math.log(i);
  return logs;
}

/**
 * Two-sided p-value of "both are right equally often": min(1, 2 · P(X ≤ min(onlyFirst, onlySecond))), X ~ Binomial(onlyFirst +
 * onlySecond, 1/2); 1 where no item tells the systems apart.
 */
export function mcnemarExact({ onlyFirst, onlySecond }: { onlyFirst: number; onlySecond: number }): number {
  const discordant = onlyFirst + onlySecond;
  const logs = logFactorials(discordant);
  let tail = 0;
  for (let hits = 0; hits <= Math.min(onlyFirst, onlySecond); hits++)
    tail += Math.exp(logs[discordant]! - logs[hits]! - logs[discordant - hits]! - discordant * Math.LN2);
  return Math.min(1, 2 * tail);
}
