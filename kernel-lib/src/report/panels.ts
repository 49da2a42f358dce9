// Where small panels stand in a figure, and their titles: several tasks beside each other, in rows.
import type { JsonObject } from "./figure.js";

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
