// How much of the rows is their demonstrations over again: instruction and answer apart.
import { type DemonstrationSimilarity, histogram } from "../dataset/index.js";
import { binnedBars } from "./binned-bars.js";
import { type Figure, type JsonObject, numberAxis, themedLayout } from "./figure.js";

export interface SimilarityInput {
  /** "instructions", "answers": one panel each, two at most. */
  label: string;
  rows: readonly DemonstrationSimilarity[];
}

const colours = ["#0072b2", "#009e73"];
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

export function similarityFigure(parts: readonly SimilarityInput[]): Figure {
  const suffix = (index: number): string => (index === 0 ? "" : String(index + 1));
  const data: JsonObject[] = parts.map(({ label, rows }, index) =>
    binnedBars(
      histogram(
        rows.map(({ score }) => score),
        { from: 0, to: 1, bins: 20 },
      ),
      { name: label, colour: colours[index % colours.length]!, xaxis: `x${suffix(index)}`, yaxis: `y${suffix(index)}` },
    ),
  );
  const width = 1 / parts.length;
  const axes = parts.flatMap(({ label, rows }, index): [string, JsonObject][] => {
    const domain = [index * width + (index > 0 ? 0.04 : 0), (index + 1) * width - (index < parts.length - 1 ? 0.02 : 0)];
    const text = `${label}: mean ${mean(rows.map(({ score }) => score)).toFixed(2)}`;
    return [
      [
        `xaxis${suffix(index)}`,
        { ...numberAxis, domain, anchor: `y${suffix(index)}`, range: [0, 1], title: { text, standoff: 10 } },
      ],
      [`yaxis${suffix(index)}`, { ...numberAxis, anchor: `x${suffix(index)}`, ...(index === 0 && { title: { text: "rows" } }) }],
    ];
  });
  const layout = themedLayout({
    title: "How much the rows repeat their own demonstrations",
    subtitle: "ROUGE-L F1 to the nearest demonstration of the row's own prompt; 1 is a copy",
    height: 380,
  });
  return { data, layout: { ...layout, ...Object.fromEntries(axes), showlegend: false } };
}
