// How near the rows came to what was there before: what the novelty threshold let through and what it took.
import type { NoveltyHistogram } from "../dataset/index.js";
import { binnedBars, markedValue } from "./binned-bars.js";
import { type Figure, legendAtFoot, numberAxis, themedLayout } from "./figure.js";

/** Kept rows and near-duplicates over the score to the nearest seed or earlier row. */
export function noveltyFigure({ threshold, rows }: NoveltyHistogram): Figure {
  const bins = (part: "kept" | "rejected") => rows.map((bin) => ({ from: bin.from, to: bin.to, rows: bin[part] }));
  const count = (part: "kept" | "rejected"): number => rows.reduce((sum, bin) => sum + bin[part], 0);
  const layout = themedLayout({
    title: "How near each task is to what was there before it",
    subtitle: `ROUGE-L to the nearest seed or earlier row; ${count("kept")} kept, ${count("rejected")} near-duplicates`,
    height: 400,
    margin: { b: 92 },
  });
  return {
    data: [
      binnedBars(bins("kept"), { name: "kept", colour: "#009e73" }),
      binnedBars(bins("rejected"), { name: "near-duplicate", colour: "#cc79a7" }),
    ],
    layout: {
      ...layout,
      ...(threshold !== null && markedValue(threshold, `threshold ${threshold}`)),
      barmode: "stack",
      legend: legendAtFoot,
      xaxis: { ...numberAxis, range: [0, 1], title: { text: "ROUGE-L F1 to the nearest", standoff: 10 } },
      yaxis: { ...numberAxis, title: { text: "tasks" } },
    },
  };
}
