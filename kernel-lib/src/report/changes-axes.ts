// Where panels of changes stand and what is written round them: two-line names of rows, axes, titles above the names.
import type { Change, ChangesPanel } from "./changes-panel.js";
import { figureWidth, type JsonObject, labelWidth, numberAxis } from "./figure.js";

/** Pixels a row. */
export const rowHeight = 44;

const rowLabel = ([what, how]: Change["label"]): string => `${what}<br><span style="font-size:11px;color:#666666">${how}</span>`;

/** Pixels that the labels of rows take; the second line is set in smaller type. */
export const rowLabelWidth = (changes: readonly Change[]): number =>
  labelWidth(changes.flatMap(({ label: [what, how] }) => [what, how.slice(0, Math.ceil(how.length * 0.9))]));

/** The panel's two axes; its rows start at the top. */
export function changeAxes(changes: readonly Change[], { suffix, x, rows, axisTitle }: ChangesPanel): Record<string, JsonObject> {
  const foot = 1 - Math.max(1, changes.length) / rows;
  return {
    [`xaxis${suffix}`]: {
      ...numberAxis,
      range: [0, 100],
      dtick: 20,
      domain: [...x],
      anchor: `y${suffix}`,
      title: { text: axisTitle, standoff: 8, font: { size: 13 } },
    },
    [`yaxis${suffix}`]: {
      range: [Math.max(1, changes.length) - 0.5, -0.5],
      domain: [foot, 1],
      anchor: `x${suffix}`,
      tickmode: "array",
      tickvals: changes.map((_, row) => row),
      ticktext: changes.map(({ label }) => rowLabel(label)),
      ticks: "",
      ticklabelstandoff: 8,
      gridcolor: "#f0f0f0",
      zeroline: false,
    },
  };
}

/** A line above a panel that starts where its labels do, `labels` pixels left of the plot. */
export const changesTitle = (text: string, { x }: ChangesPanel, labels: number): JsonObject => ({
  text,
  showarrow: false,
  xref: "paper",
  yref: "paper",
  x: x[0],
  xshift: -labels,
  y: 1,
  yshift: 4,
  xanchor: "left",
  yanchor: "bottom",
  font: { size: 13 },
});

/** The two panels' shares of the width between the margins, the right one's labels between them. */
export function panelShares(options: {
  left: number;
  right: number;
  margin: number;
}): [readonly [number, number], readonly [number, number]] {
  const plots = figureWidth - options.left - options.margin;
  const gap = Math.min(0.6, options.right / plots);
  const width = (1 - gap) / 2;
  return [
    [0, width],
    [width + gap, 1],
  ];
}
