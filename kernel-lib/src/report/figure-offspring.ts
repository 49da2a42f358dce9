// How many rows descend from each seed, the most fruitful first.
import type { Offspring } from "../dataset/index.js";
import { type Figure, numberAxis, plainLabel, themedLayout } from "./figure.js";

export function offspringFigure({ rows, gini, childless }: Offspring): Figure {
  const mean = rows.reduce((sum, seed) => sum + seed.rows, 0) / Math.max(1, rows.length);
  const layout = themedLayout({
    title: "How many rows descend from each seed",
    subtitle: `${rows.length} seeds, ${childless} without offspring; Gini coefficient ${gini.toFixed(2)} (0: all alike)`,
    height: 360,
  });
  return {
    data: [
      {
        type: "bar",
        x: rows.map((_, index) => index + 1),
        y: rows.map((seed) => seed.rows),
        customdata: rows.map(({ seedId }) => plainLabel(seedId)),
        marker: { color: "#0072b2" },
        hovertemplate: "%{customdata}: %{y} rows<extra></extra>",
      },
      {
        type: "scatter",
        mode: "lines",
        x: [0.5, rows.length + 0.5],
        y: [mean, mean],
        line: { color: "#333333", width: 1.5, dash: "dash" },
        hoverinfo: "skip",
      },
    ],
    layout: {
      ...layout,
      showlegend: false,
      bargap: 0.15,
      xaxis: {
        ...numberAxis,
        range: [0.5, rows.length + 0.5],
        title: { text: "seeds, most fruitful first; dashed: the mean", standoff: 10 },
      },
      yaxis: { ...numberAxis, title: { text: "rows" }, rangemode: "tozero" },
    },
  };
}
