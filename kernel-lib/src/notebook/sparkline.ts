// A small line of numbers as inline SVG: the live loss curve, drawn many times a second without Plotly.
import { runningMean } from "../report/index.js";

const [width, height, edge] = [320, 64, 4];

/** The values and their running mean, scaled to the drawing; the last value is written at its end. Empty text for fewer than two. */
export function sparkline(values: readonly number[], label: string): string {
  const finite = values.filter(Number.isFinite);
  if (finite.length < 2) return "";
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const point = (value: number, index: number): string => {
    const x = edge + ((width - 2 * edge) * index) / (finite.length - 1);
    const y = height - edge - ((height - 2 * edge) * (value - low)) / (high - low || 1);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  };
  const line = (series: readonly number[], style: string): string =>
    `<polyline fill="none" ${style} points="${series.map(point).join(" ")}"/>`;
  return [
    `<svg width="${width + 80}" height="${height}" role="img" aria-label="${label}" font-family="sans-serif" font-size="11">`,
    line(finite, 'stroke="#009e73" stroke-opacity="0.35"'),
    line(runningMean(finite, Math.max(2, finite.length / 10)), 'stroke="#009e73" stroke-width="2"'),
    `<text x="${width + 4}" y="${height / 2}" fill="currentColor">${label} ${finite.at(-1)!.toFixed(3)}</text></svg>`,
  ].join("");
}
