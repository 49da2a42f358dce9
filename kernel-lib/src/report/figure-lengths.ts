// How long the parts of the kept rows are, in words: a first look at whether the model wrote substance or stubs.
import { type Figure, type JsonObject, numberAxis, themedLayout } from "./figure.js";
import type { ReportInput } from "./report-input.js";

const parts = [
  { part: "instruction", colour: "#0072b2" },
  { part: "input", colour: "#e69f00" },
  { part: "output", colour: "#009e73" },
] as const;

export const countWords = (text: string): number => text.split(/\s+/).filter(Boolean).length;

/** Three histograms, one a part of the triples. */
export function lengths(triples: ReportInput["triples"]): Figure {
  const data: JsonObject[] = parts.map(({ part, colour }, index) => ({
    type: "histogram",
    name: part,
    x: triples.map((triple) => countWords(triple[part])),
    xaxis: `x${index + 1}`.replace("x1", "x"),
    yaxis: `y${index + 1}`.replace("y1", "y"),
    nbinsx: 24,
    marker: { color: colour, line: { color: "#ffffff", width: 1 } },
    hovertemplate: "%{x} words: %{y} rows<extra></extra>",
  }));
  const axes = Object.fromEntries(
    parts.flatMap(({ part }, index) => {
      const suffix = index === 0 ? "" : String(index + 1);
      const domain = [index * 0.345, index * 0.345 + 0.31];
      return [
        [
          `xaxis${suffix}`,
          { ...numberAxis, domain, anchor: `y${suffix}`, title: { text: `${part} (words)`, standoff: 10 }, rangemode: "tozero" },
        ],
        [`yaxis${suffix}`, { ...numberAxis, anchor: `x${suffix}`, ...(index === 0 && { title: { text: "rows" } }) }],
      ];
    }),
  );
  const layout = themedLayout({
    title: "Lengths of the rows the model wrote",
    subtitle: `${triples.length} kept rows`,
    height: 380,
  });
  return { data, layout: { ...layout, ...axes, showlegend: false, bargap: 0.04 } };
}
