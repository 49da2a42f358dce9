// What a metric of bare pairs is: a form of line, counts that may be summed over pairs, and figures as fractions, 0–1, as the reference
// libraries give them. Nothing is extracted: predictions, tags and labels are scored as they stand.

/** A metric's figures by name: `{ f1, precision, recall }`, and for classes averages of them. */
export type PairValues = { [name: string]: number | PairValues };

/** One line of a pairs file, scored. */
export interface ScoredPair {
  id: string | number;
  /** What counts as right, as the line gives it: the gold answers, tags or labels. */
  gold: readonly string[];
  /** Counts that may be summed over pairs; {@link PairMetric.value} turns their sum into the main value. */
  counts(): readonly number[];
  /** The figures of this pair alone. */
  values(): PairValues;
}

/** What has been scored so far; it holds no pair. */
export interface PairTally {
  /** @throws ZodError where the value is no such pair. */
  add(pair: unknown): ScoredPair;
  values(): PairValues;
}

export interface PairMetric {
  name: string;
  /** The form of a line, for the message where one has another. */
  form: string;
  /** How many counts a pair has. */
  width: number;
  /** The main value, 0–1. */
  value(sums: ArrayLike<number>): number;
  start(): PairTally;
}
