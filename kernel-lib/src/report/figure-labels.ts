// The closed answers against each other: which one a tuned model will give when in doubt.
import type { LabelBalance } from "../dataset/index.js";
import { countTicks, percent } from "./binned-bars.js";
import { type Figure, labelWidth, nameAxis, numberAxis, plainLabel, themedLayout } from "./figure.js";

const shown = 16;

export function labelsFigure({ rows, labelled, entropy, evenness }: LabelBalance): Figure {
  const top = rows.slice(0, shown);
  const labels = top.map(({ label }) => plainLabel(label));
  const more = rows.length > shown ? `, the ${shown} commonest of them` : "";
  const layout = themedLayout({
    title: "Closed answers against each other",
    subtitle: `${labelled} rows with one of ${rows.length} labels${more}; entropy ${entropy.toFixed(2)} bits, ${percent(evenness)} of an even spread`,
    height: 170 + 24 * top.length,
    margin: { l: labelWidth(labels), r: 60 },
  });
  return {
    data: [
      {
        type: "bar",
        orientation: "h",
        y: labels,
        x: top.map((label) => label.rows),
        text: top.map(({ share }) => percent(share)),
        textposition: "outside",
        cliponaxis: false,
        marker: { color: "#0072b2" },
        hovertemplate: "%{y}: %{x} rows<extra></extra>",
      },
    ],
    layout: {
      ...layout,
      bargap: 0.3,
      xaxis: {
        ...numberAxis,
        ...countTicks(top.map((label) => label.rows)),
        title: { text: "rows", standoff: 10 },
        rangemode: "tozero",
      },
      yaxis: { ...nameAxis, autorange: "reversed" },
    },
  };
}
