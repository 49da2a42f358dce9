// Mean and variance of numbers as they arrive, in constant memory (Welford 1962).

export interface RunningMoments {
  readonly count: number;
  readonly mean: number;
  /** Unbiased; 0 below two numbers. */
  readonly variance: number;
  add(value: number): void;
}

export function createRunningMoments(): RunningMoments {
  let count = 0;
  let mean = 0;
  let squares = 0;
  return {
    get count() {
      return count;
    },
    get mean() {
      return mean;
    },
    get variance() {
      return count > 1 ? squares / (count - 1) : 0;
    },
    add(value) {
      const before = value - mean;
      mean += before / ++count;
      squares += before * (value - mean);
    },
  };
}
