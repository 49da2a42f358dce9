// What an interval without width means: the bootstrap draws the items that were there again, and where all gave the same it cannot see
// what did not happen. The bound that can be told is the binomial one behind the "rule of three" (Hanley and Lippman-Hand 1983).
import { type Difference, isAverage, type Score } from "../evaluate/index.js";

/** The largest share of other outcomes that n independent items without one allow, 95 % one-sided, in percent: about 300/n. */
const unseen = (n: number): string => (100 * (1 - 0.05 ** (1 / n))).toFixed(1);

/** One line, for below the table, where one of the shown scores or differences has an interval without width; none elsewhere. */
export function agreementNote(shown: readonly (Score | Difference | undefined)[]): string[] {
  const flat = shown.filter((row) => row !== undefined).filter(({ ci }) => ci[0] === ci[1]);
  if (flat.length === 0) return [];
  // An average's interval is without width where those of all its tasks are: their items are the ones that agree.
  const sizes = flat.filter(({ taskId }) => !isAverage(taskId)).map(({ n, clusters = n }) => clusters);
  const bounds = [...new Set(sizes)].sort((a, b) => a - b);
  const shownBounds = bounds.length > 2 ? [bounds[0]!, bounds.at(-1)!] : bounds;
  const atOurs = shownBounds.map((n) => `${unseen(n)} % at n = ${n}`).join(", ");
  return [
    `[x, x], an interval without width, is no certainty: all items (or documents) score the same, and the bootstrap cannot draw what did not occur. Up to 3/n of further ones may still differ (rule of three, 95 %)${atOurs === "" ? "" : `: ${atOurs}`}.`,
  ];
}
