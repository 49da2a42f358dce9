// What became of everything the model wrote: a bar a stage, split into kept, rejected by each rule, and failed.
import type { Ledger } from "../filter/index.js";
import {
  type Figure,
  type JsonObject,
  labelWidth,
  legendAtFoot,
  nameAxis,
  numberAxis,
  plainLabel,
  themedLayout,
} from "./figure.js";

const keptColour = "#009e73";
// Shades of the warm half of Okabe and Ito's set, then greys; a rule's colour depends on its place among all rules, not on the run's order.
const ruleColours = [
  "#d55e00",
  "#e69f00",
  "#cc79a7",
  "#f0e442",
  "#8c564b",
  "#56b4e9",
  "#a3a3a3",
  "#6e6e6e",
  "#c9a66b",
  "#7f7fbf",
];

/** Rows written → kept, stage after stage, with the rules that took the others. */
export function funnel(ledgers: readonly Ledger[]): Figure {
  const stages = ledgers.map(({ stage }) => plainLabel(stage));
  const rules = [...new Set(ledgers.flatMap(({ rejected }) => Object.keys(rejected)))].sort();
  const bar = (name: string, color: string, counts: readonly number[]): JsonObject => ({
    type: "bar",
    orientation: "h",
    name: plainLabel(name),
    y: stages,
    x: counts,
    text: counts.map((count) => (count > 0 ? String(count) : "")),
    textposition: "inside",
    insidetextanchor: "middle",
    textangle: 0,
    marker: { color, line: { color: "#ffffff", width: 1 } },
    hovertemplate: "%{x}<extra>%{fullData.name}</extra>",
  });
  const failed = ledgers.map((ledger) => ledger.failed);
  const data = [
    bar(
      "kept",
      keptColour,
      ledgers.map(({ kept }) => kept),
    ),
    ...rules.map((rule, index) =>
      bar(
        rule,
        ruleColours[index % ruleColours.length]!,
        ledgers.map(({ rejected }) => rejected[rule] ?? 0),
      ),
    ),
    ...(failed.some((count) => count > 0) ? [bar("failed", "#000000", failed)] : []),
  ];
  const annotations = ledgers.map((ledger, index) => ({
    text: `${ledger.kept} of ${ledger.in} kept`,
    showarrow: false,
    x: ledger.in,
    y: stages[index]!,
    xanchor: "left",
    xshift: 6,
    font: { size: 12 },
  }));
  const legendLines = Math.ceil((rules.length + 2) / 5);
  const layout = themedLayout({
    title: "From what the model wrote to what it learned from",
    subtitle: "rows a stage: kept, and rejected by the rule that took them",
    height: 170 + 62 * ledgers.length + 20 * legendLines,
    margin: { l: labelWidth(stages), r: 110, b: 64 + 20 * legendLines },
  });
  return {
    data,
    layout: {
      ...layout,
      barmode: "stack",
      bargap: 0.35,
      annotations,
      legend: legendAtFoot,
      xaxis: { ...numberAxis, title: { text: "rows", standoff: 10 } },
      yaxis: { ...nameAxis, autorange: "reversed" },
    },
  };
}
