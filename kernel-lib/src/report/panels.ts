// Small panels of scores beside each other, in rows: where each stands, its axes, its title, and the figure around them.
import { type JsonObject, legendAtFoot, nameAxis, numberAxis, themedLayout } from "./figure.js";

export interface Panel {
  /** Plotly's axis suffix: "" for the first panel, then "2", "3" … */
  suffix: string;
  /** Of the plot's width and height. */
  x: [number, number];
  y: [number, number];
  /** It stands at the left edge, where the axis is labelled. */
  isFirst: boolean;
}

export interface PanelGrid {
  panels: Panel[];
  rowCount: number;
}

/** `count` panels, at most four a row, from the top left. */
export function panelGrid(count: number, perRow = 4): PanelGrid {
  const columns = Math.min(perRow, count);
  const rowCount = Math.ceil(count / columns);
  const [gapX, gapY] = [0.03, 0.26 / rowCount];
  const width = (1 - gapX * (columns - 1)) / columns;
  const height = (1 - gapY * (rowCount - 1)) / rowCount;
  const panels = Array.from({ length: count }, (_, index): Panel => {
    const [column, row] = [index % columns, Math.floor(index / columns)];
    const left = column * (width + gapX);
    const top = 1 - row * (height + gapY);
    return {
      suffix: index === 0 ? "" : String(index + 1),
      x: [left, Math.min(1, left + width)],
      y: [Math.max(0, top - height), top],
      isFirst: column === 0,
    };
  });
  return { panels, rowCount };
}

/** Two lines above a panel, the first in bold. */
export const panelTitle = ({ x, y }: Panel, title: string, line: string): JsonObject => ({
  text: `<b>${title}</b><br>${line}`,
  showarrow: false,
  xref: "paper",
  yref: "paper",
  x: x[0] + (x[1] - x[0]) / 2,
  y: y[1],
  xanchor: "center",
  yanchor: "bottom",
  yshift: 6,
  font: { size: 12 },
});

const shotNames = (shots: readonly number[]): string[] => shots.map((k) => `k = ${k}`);

/** The numbers of demonstrations as names from left to right: for bars, which Plotly sets beside each other. */
export const shotCategories = (shots: readonly number[]): JsonObject => ({ ...nameAxis, categoryarray: shotNames(shots) });

/** The same at 0, 1, 2 …: for points that are set beside each other by their x. */
export const shotPlaces = (shots: readonly number[]): JsonObject => ({
  ...nameAxis,
  type: "linear",
  zeroline: false,
  tickvals: shots.map((_, place) => place),
  ticktext: shotNames(shots),
  range: [-0.5, shots.length - 0.5],
});

/** Percent upward, labelled at the left edge alone; `shots` from left to right. */
export const scoreAxes = ({ suffix, x, y, isFirst }: Panel, shots: JsonObject): Record<string, JsonObject> => ({
  [`xaxis${suffix}`]: { ...shots, domain: x, anchor: `y${suffix}` },
  [`yaxis${suffix}`]: {
    ...numberAxis,
    domain: y,
    anchor: `x${suffix}`,
    range: [0, 100],
    dtick: 20,
    ...(isFirst ? { title: { text: "score (%)" } } : { showticklabels: false, tickcolor: "#ffffff" }),
  },
});

/** The layout around `rowCount` rows of panels, with a legend of `systems` entries below. */
export function panelsLayout(options: { title: string; subtitle: string; rowCount: number; systems: number }): JsonObject {
  const { title, subtitle, rowCount, systems } = options;
  const moreLegend = 20 * (Math.ceil(systems / 4) - 1);
  const height = 180 + 280 * rowCount + moreLegend;
  return { ...themedLayout({ title, subtitle, height, margin: { t: 124, b: 84 + moreLegend } }), legend: legendAtFoot };
}
