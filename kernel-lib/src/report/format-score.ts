// How scores and differences are written in every table. What is set in bold is decided here, by the rule of evaluate/statistics.
import { type Difference, isSignificant, type Score } from "../evaluate/index.js";
import type { TableCell } from "./table.js";

export const noValue = "–";

/** One decimal, with a true minus sign; never "−0.0". */
export function formatPoints(value: number, { sign = false } = {}): string {
  const rounded = Math.round(value * 10) / 10;
  const digits = Math.abs(rounded).toFixed(1);
  if (rounded < 0) return `−${digits}`;
  return sign && rounded > 0 ? `+${digits}` : digits;
}

const interval = ([low, high]: readonly [number, number]): string => `[${formatPoints(low)}, ${formatPoints(high)}]`;

/** Standard deviation over draws of demonstrations (n − 1 in the denominator); undefined where there is one draw. */
export function deviationOverDraws({ draws }: Pick<Score, "draws">): number | undefined {
  if (draws.length < 2) return undefined;
  const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
  return Math.sqrt(draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (draws.length - 1));
}

/** "45.0 [40.1, 50.2] ±1.3": value, 95 % interval over items, standard deviation over draws where there are several. */
export function scoreCell(score: Score | undefined): TableCell {
  if (!score) return { text: noValue };
  const deviation = deviationOverDraws(score);
  const overDraws = deviation === undefined ? "" : ` ±${deviation.toFixed(1)}`;
  return { text: `${formatPoints(score.value)} ${interval(score.ci)}${overDraws}` };
}

/** Three decimals, as far as they say something. */
const formatP = (p: number): string => (p < 0.001 ? "p < 0.001" : `p = ${Math.min(p, 1).toFixed(3)}`);

/** Bold and starred only where the difference holds after correction, whichever way it points. */
export function formatDifference(difference: Difference | undefined, { withP = false } = {}): TableCell {
  if (!difference) return { text: noValue };
  const p = withP && difference.pHolm !== undefined ? `, ${formatP(difference.pHolm)}` : "";
  const text = `${formatPoints(difference.value, { sign: true })} ${interval(difference.ci)}${p}`;
  return isSignificant(difference) ? { text: `${text} *`, strong: true } : { text };
}

export const percent = (share: number): string => `${Math.round(share * 100)}%`;

/** "100", or "100/25" where the items come from 25 documents. */
export const formatItems = ({ n, clusters = n }: Pick<Score, "n" | "clusters">): string =>
  clusters === n ? String(n) : `${n}/${clusters}`;
