// How much of the answers stands in the retrieved passages and not in the task: what retrieval gave.
import { histogram } from "../dataset/index.js";
import { binnedBars, percent } from "./binned-bars.js";
import { type Figure, legendAtFoot, numberAxis, themedLayout } from "./figure.js";

export interface PassageUseSet {
  /** "shown", or a control such as "another row's passages". */
  label: string;
  /** The rows' stored `passageUse`. */
  uses: readonly number[];
}

const colours = ["#009e73", "#a3a3a3", "#0072b2"];
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Histograms of the use, one series a set, beside each other in each bin. */
export function passagesFigure(sets: readonly PassageUseSet[]): Figure {
  const legendLines = sets.length > 1 ? 1 : 0;
  const layout = themedLayout({
    title: "What the answers took from the retrieved passages",
    subtitle: sets
      .map(({ label, uses }) => `${label}: mean ${percent(mean(uses))} of ${uses.length} answers' content words`)
      .join("; "),
    height: 380 + 30 * legendLines,
    margin: { b: 60 + 30 * legendLines },
  });
  const data = sets.map(({ label, uses }, index) => {
    const bins = histogram(uses, { from: 0, to: 1, bins: 10 });
    const part = 1 / sets.length;
    // Beside each other: each series takes its part of every bin.
    const slots = bins.map(({ from, to, rows: count }) => ({
      from: from + index * part * (to - from),
      to: from + (index + 1) * part * (to - from),
      rows: count,
    }));
    return binnedBars(slots, { name: label, colour: colours[index % colours.length]! });
  });
  return {
    data,
    layout: {
      ...layout,
      barmode: "overlay",
      ...(sets.length > 1 ? { legend: legendAtFoot } : { showlegend: false }),
      xaxis: {
        ...numberAxis,
        range: [0, 1],
        dtick: 0.1,
        tickformat: ".0%",
        title: { text: "content words found in the passages alone", standoff: 10 },
      },
      yaxis: { ...numberAxis, title: { text: "answers" }, rangemode: "tozero" },
    },
  };
}
