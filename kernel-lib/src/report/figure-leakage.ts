// The words of another domain in the rows of this one: a panel a domain.
import type { Leakage } from "../dataset/index.js";
import { countTicks, percent } from "./binned-bars.js";
import {
  type Figure,
  figureWidth,
  type JsonObject,
  labelWidth,
  nameAxis,
  numberAxis,
  plainLabel,
  themedLayout,
} from "./figure.js";

const shown = 12;
const colours = ["#d55e00", "#cc79a7"];

/** One or two leakages, such as biomedicine for finance words and finance for biomedical ones; a domain that leaks none has no panel. */
export function leakageFigure(leakages: readonly Leakage[]): Figure {
  const suffix = (index: number): string => (index === 0 ? "" : String(index + 1));
  const panels = leakages.filter(({ words }) => words.length > 0);
  const tops = panels.map(({ words }) => words.slice(0, shown));
  const wordsOf = (index: number): string[] => tops[index]!.map(({ word }) => plainLabel(word));
  const data = panels.map(
    (_, index): JsonObject => ({
      type: "bar",
      orientation: "h",
      y: wordsOf(index),
      x: tops[index]!.map(({ rows }) => rows),
      xaxis: `x${suffix(index)}`,
      yaxis: `y${suffix(index)}`,
      marker: { color: colours[index % colours.length]! },
      hovertemplate: "%{y}: %{x} rows<extra></extra>",
    }),
  );
  const left = labelWidth(panels.length > 0 ? wordsOf(0) : []);
  const plot = figureWidth - left - 24;
  const gap = panels.length > 1 ? (labelWidth(wordsOf(1)) + 24) / plot : 0;
  const width = (1 - gap * (panels.length - 1)) / Math.max(1, panels.length);
  const axes = panels.flatMap(({ leaked, of, foreignDomain }, index): [string, JsonObject][] => {
    const domain = [index * (width + gap), index * (width + gap) + width];
    const text = `rows that speak of ${foreignDomain} (${leaked} of ${of})`;
    return [
      [
        `xaxis${suffix(index)}`,
        {
          ...numberAxis,
          domain,
          anchor: `y${suffix(index)}`,
          rangemode: "tozero",
          ...countTicks(tops[index]!.map(({ rows }) => rows)),
          title: { text, standoff: 10 },
        },
      ],
      [`yaxis${suffix(index)}`, { ...nameAxis, anchor: `x${suffix(index)}`, autorange: "reversed" }],
    ];
  });
  const layout = themedLayout({
    title: "Words of another domain",
    subtitle: leakages
      .map(({ domain, share, foreignDomain }) => `${percent(share)} of the ${domain} rows speak of ${foreignDomain}`)
      .join("; "),
    height: 190 + 22 * Math.max(2, ...tops.map(({ length }) => length)),
    margin: { l: left },
  });
  return { data, layout: { ...layout, ...Object.fromEntries(axes), showlegend: false, bargap: 0.3 } };
}
