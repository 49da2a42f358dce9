// A figure is a Plotly specification, plain JSON. One theme for all: legible at a README's width, titles that say what is seen,
// no decoration that carries no value.

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export interface Figure {
  data: readonly JsonObject[];
  layout: JsonObject;
}

export interface LayoutFrame {
  title: string;
  subtitle: string;
  /** Pixels. */
  height: number;
  /** Pixels round the plots, where they differ from the theme's. */
  margin?: { l?: number; r?: number; t?: number; b?: number };
}

export const fontFamily = "Liberation Sans, Arial, Helvetica, DejaVu Sans, sans-serif";

/** Pixels of every figure; PNGs have twice as many a side. */
export const figureWidth = 900;

/** A number axis. */
export const numberAxis: JsonObject = {
  gridcolor: "#e6e6e6",
  zerolinecolor: "#9e9e9e",
  ticks: "outside",
  tickcolor: "#6e6e6e",
  ticklen: 4,
};

/** An axis of names: no grid, no ticks. */
export const nameAxis: JsonObject = { type: "category", showgrid: false, ticks: "", ticklabelstandoff: 6 };

/** A legend in one or more lines at the figure's foot. */
export const legendAtFoot: JsonObject = {
  orientation: "h",
  x: 0.015,
  xref: "container",
  xanchor: "left",
  y: 0.01,
  yref: "container",
  yanchor: "bottom",
  traceorder: "normal",
};

/** Pixels that a line of text of this many characters takes in the axis font. */
export const labelWidth = (labels: readonly string[]): number => 16 + 7 * Math.max(0, ...labels.map((label) => label.length));

/**
 * Title with a smaller second line, size, white ground. Margins are given, never found out from what was drawn: a browser and jsdom
 * measure text differently, and the same figure must have the same frame in both.
 */
export function themedLayout({ title, subtitle, height, margin }: LayoutFrame): JsonObject {
  return {
    title: {
      text: title,
      subtitle: { text: subtitle, font: { size: 13, color: "#555555" } },
      x: 0.02,
      xref: "container",
      xanchor: "left",
      y: 1,
      yref: "container",
      yanchor: "top",
      pad: { t: 18 },
      font: { size: 18, color: "#222222" },
    },
    width: figureWidth,
    height,
    margin: { l: 64, r: 24, t: 88, b: 60, ...margin, autoexpand: false },
    font: { family: fontFamily, size: 13, color: "#333333" },
    paper_bgcolor: "#ffffff",
    plot_bgcolor: "#ffffff",
    hovermode: "closest",
  };
}

/** The same JSON with every number at six significant digits, so that a committed figure changes only when its content does. */
export function roundNumbers(value: Json): Json {
  if (typeof value === "number") return Number.isFinite(value) ? Number(value.toPrecision(6)) : null;
  if (Array.isArray(value)) return value.map((item: Json) => roundNumbers(item));
  if (value !== null && typeof value === "object")
    return Object.fromEntries(Object.entries(value as JsonObject).map(([key, item]) => [key, roundNumbers(item)]));
  return value;
}

/** Escapes the few tags that Plotly's labels understand, in text that somebody or some model wrote. */
export const plainLabel = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
