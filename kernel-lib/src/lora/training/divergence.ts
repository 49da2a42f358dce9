// A loss that has run away: far above what it was for a while, and above where the training began. One bad batch is not enough.
const streak = 8; // steps in a row
const memory = 64; // steps before them, whose median says what is usual

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** The running median that the last steps stay `factor` times above; undefined where they do not. */
export function divergedFrom(losses: readonly number[], factor: number): number | undefined {
  const usual = losses.slice(-(memory + streak), -streak);
  if (usual.length < streak) return undefined;
  const limit = median(usual);
  return losses.slice(-streak).every((loss) => loss > factor * limit && loss > losses[0]!) ? limit : undefined;
}
