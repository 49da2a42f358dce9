// Changes in a panel: a row each, the base's dot above the tuned system's with their bars, so that none hides the other. A change that is
// not shown to hold is hollow.
import type { JsonObject } from "./figure.js";
import { systemStyle } from "./systems.js";

/** A value with how far its bar reaches below and above it. */
export interface Dot {
  value: number;
  below: number;
  above: number;
}

export interface Change {
  /** Two lines: what was measured, and how. */
  label: readonly [string, string];
  base: Dot;
  tuned: Dot;
  /** False: drawn hollow. */
  holds: boolean;
}

/** How far the two dots of a row stand above and below its middle, in rows. */
const apart = 0.17;

export interface ChangesPanel {
  /** Plotly's axis suffix: "" or "2". */
  suffix: string;
  symbol: string;
  /** Of the plot's width. */
  x: readonly [number, number];
  /** The most rows that a panel of the figure has: rows stand at the same height in all. */
  rows: number;
  axisTitle: string;
}

const systems = ["base", "self-specialised"] as const;
const hollow = "#ffffff";
const dotSize = 8;

/** Traces without a point, for the legend alone: a dot's colour there must not be that of the first row. */
export function changeLegend({ tunedLabel, hollowLabel }: { tunedLabel: string; hollowLabel?: string }): JsonObject[] {
  const entry = (name: string, color: string, line: string): JsonObject => ({
    type: "scatter",
    mode: "markers",
    name,
    x: [null],
    y: [null],
    marker: { color, size: dotSize, line: { color: line, width: 2 } },
  });
  return [
    ...systems.map((system) => {
      const { label, colour } = systemStyle(system);
      return entry(system === "base" ? label : tunedLabel, colour, colour);
    }),
    ...(hollowLabel === undefined ? [] : [entry(hollowLabel, hollow, systemStyle("self-specialised").colour)]),
  ];
}

/** Lines from dot to dot, and a trace a system. */
export function changeTraces(changes: readonly Change[], { suffix, symbol }: ChangesPanel): JsonObject[] {
  const axes = { xaxis: `x${suffix}`, yaxis: `y${suffix}` };
  const lines: JsonObject = {
    ...axes,
    type: "scatter",
    mode: "lines",
    x: changes.flatMap(({ base, tuned }) => [base.value, tuned.value, null]),
    y: changes.flatMap((_, row) => [row - apart, row + apart, null]),
    line: { color: "#cfcfcf", width: 2 },
    hoverinfo: "skip",
    showlegend: false,
  };
  const dots = systems.map((system): JsonObject => {
    const { colour } = systemStyle(system);
    const isBase = system === "base";
    const own = changes.map(({ base, tuned }) => (isBase ? base : tuned));
    return {
      ...axes,
      type: "scatter",
      mode: "markers",
      cliponaxis: false,
      showlegend: false,
      x: own.map(({ value }) => value),
      y: changes.map((_, row) => row + (isBase ? -apart : apart)),
      customdata: changes.map(({ label: [what] }) => what),
      error_x: {
        type: "data",
        symmetric: false,
        array: own.map(({ above }) => above),
        arrayminus: own.map(({ below }) => below),
        thickness: 1.5,
        width: 3,
        color: colour,
      },
      marker: {
        color: changes.map(({ holds }) => (isBase || holds ? colour : hollow)),
        size: dotSize,
        symbol,
        line: { color: colour, width: 2 },
      },
      hovertemplate: "%{x:.1f}<extra>%{customdata}</extra>",
    };
  });
  return [lines, ...dots];
}
