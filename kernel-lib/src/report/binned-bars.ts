// Bars of rows that were counted before: a figure's size does not depend on how many rows it shows.
import type { Json, JsonObject } from "./figure.js";

export interface BinnedRows {
  from: number;
  to: number;
  rows: number;
}

/** One bar a bin, as wide as the bin. */
export function binnedBars(
  bins: readonly BinnedRows[],
  { name, colour, ...rest }: { name: string; colour: string; [key: string]: Json },
): JsonObject {
  return {
    type: "bar",
    name,
    x: bins.map(({ from, to }) => (from + to) / 2),
    y: bins.map(({ rows }) => rows),
    width: bins.map(({ from, to }) => to - from),
    customdata: bins.map(({ from, to }) => `${Number(from.toPrecision(3))}–${Number(to.toPrecision(3))}`),
    marker: { color: colour, line: { color: "#ffffff", width: 1 } },
    hovertemplate: "%{customdata}: %{y} rows<extra>%{fullData.name}</extra>",
    ...rest,
  };
}

/** A dashed vertical line through the whole plot, with a word on it. */
export function markedValue(x: number, text: string): { shapes: JsonObject[]; annotations: JsonObject[] } {
  return {
    shapes: [{ type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, line: { color: "#333333", width: 1.5, dash: "dash" } }],
    annotations: [
      { text, x, yref: "paper", y: 1, xanchor: "left", xshift: 6, yanchor: "top", showarrow: false, font: { size: 12 } },
    ],
  };
}

export const percent = (share: number): string => `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;

/** Ticks at whole numbers for a count axis that would have fractions between few rows. */
export const countTicks = (counts: readonly number[]): JsonObject => (Math.max(0, ...counts) <= 6 ? { dtick: 1 } : {});
