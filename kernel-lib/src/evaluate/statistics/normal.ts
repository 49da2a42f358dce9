// The normal distribution's tail and quantile, to double precision: for p-values beyond what resampling can resolve and for power.

const density = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

/**
 * P(Z > z) of a standard normal Z: the power series around 0 (Abramowitz & Stegun 26.2.11) and, beyond 3, the continued fraction of the
 * tail (26.2.14), which keeps its relative precision where 1 − P would lose it.
 */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  if (z > 3) {
    let fraction = z;
    for (let depth = 60; depth > 0; depth--) fraction = z + depth / fraction;
    return density(z) / fraction;
  }
  let term = z;
  let sum = z;
  for (let odd = 3; term > 1e-17 * sum; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return 0.5 - density(z) * sum;
}

/** The z that a standard normal variable stays below with probability `p`, 0 < p < 1; by halving, to 1e-12. */
export function normalQuantile(p: number): number {
  let [low, high] = [-40, 40];
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    if (normalTail(middle) > 1 - p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
