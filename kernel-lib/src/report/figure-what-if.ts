// Rows that a stage would have kept under other values of a knob: how much the choice of a threshold decides.
import { markedValue } from "./binned-bars.js";
import { type Figure, numberAxis, themedLayout } from "./figure.js";
import type { WhatIfRow } from "./what-if-table.js";

/** A line over the values of one knob; `own` marks the value that the stage had. */
export function whatIfFigure(rows: readonly WhatIfRow[], { axis, own }: { axis: string; own: number }): Figure {
  const sorted = rows.toSorted((a, b) => a.value - b.value);
  const values = sorted.map(({ value }) => value);
  const most = Math.max(1, ...sorted.map(({ ledger }) => ledger.kept));
  const layout = themedLayout({
    title: "What another threshold would have kept",
    subtitle: `the same ${sorted[0]?.ledger.in ?? 0} texts judged again without a call; rejected by other rules: as they were`,
    height: 340,
  });
  return {
    data: [
      {
        type: "scatter",
        mode: "lines+markers+text",
        x: values,
        y: sorted.map(({ ledger }) => ledger.kept),
        text: sorted.map(({ ledger }) => String(ledger.kept)),
        textposition: "top left",
        cliponaxis: false,
        line: { color: "#009e73", width: 2 },
        marker: { color: "#009e73", size: 8 },
        hovertemplate: "%{x}: %{y} rows kept<extra></extra>",
      },
    ],
    layout: {
      ...layout,
      ...markedValue(own, `threshold ${own}`),
      showlegend: false,
      xaxis: { ...numberAxis, tickvals: values, title: { text: axis, standoff: 10 } },
      yaxis: { ...numberAxis, title: { text: "rows kept" }, range: [0, 1.25 * most] },
    },
  };
}
