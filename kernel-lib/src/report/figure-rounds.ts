// What each round of self-specialization did to the answers: small panels, one a measure, a bar a round.
import type { RoundMeasures } from "../dataset/index.js";
import { type Figure, type JsonObject, numberAxis, plainLabel, themedLayout } from "./figure.js";

export interface RoundInput {
  /** "round 1". */
  label: string;
  measures: RoundMeasures;
}

const panels: readonly { measure: keyof RoundMeasures; title: string }[] = [
  { measure: "distinct1", title: "distinct words" },
  { measure: "distinct2", title: "distinct word pairs" },
  { measure: "labelEntropy", title: "label entropy (bits)" },
  { measure: "topAnswerShare", title: "commonest answer" },
  { measure: "repeatedShare", title: "repeated answers" },
  { measure: "vocabulary", title: "vocabulary (words)" },
];
const colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7"];
const columns = 3;

/** The first three say how varied the answers are, the last three whether they collapse. */
export function roundsFigure(rounds: readonly RoundInput[]): Figure {
  const suffix = (index: number): string => (index === 0 ? "" : String(index + 1));
  const labels = rounds.map(({ label }) => plainLabel(label));
  const data = panels.map(({ measure }, index): JsonObject => {
    const values = rounds.map(({ measures }) => measures[measure]);
    return {
      type: "bar",
      x: labels,
      y: values,
      xaxis: `x${suffix(index)}`,
      yaxis: `y${suffix(index)}`,
      text: values.map((value) => (Number.isInteger(value) ? String(value) : value.toPrecision(2))),
      textposition: "outside",
      cliponaxis: false,
      marker: { color: rounds.map((_, round) => colours[round % colours.length]!) },
      hovertemplate: "%{x}: %{y}<extra></extra>",
    };
  });
  const axes = panels.flatMap(({ measure, title }, index): [string, JsonObject][] => {
    const [column, row] = [index % columns, Math.floor(index / columns)];
    const most = Math.max(...rounds.map(({ measures }) => measures[measure]));
    return [
      [
        `xaxis${suffix(index)}`,
        {
          type: "category",
          showgrid: false,
          ticks: "",
          domain: [column * 0.345, column * 0.345 + 0.31],
          anchor: `y${suffix(index)}`,
          title: { text: title, standoff: 8 },
        },
      ],
      [
        `yaxis${suffix(index)}`,
        {
          ...numberAxis,
          domain: row === 0 ? [0.6, 1] : [0, 0.4],
          anchor: `x${suffix(index)}`,
          range: [0, most > 0 ? most * 1.25 : 1],
          nticks: 4,
        },
      ],
    ];
  });
  const layout = themedLayout({
    title: "The answers, round after round",
    subtitle: `above: how varied they are; below: whether they collapse (${rounds.map(({ label, measures }) => `${label}: ${measures.rows} rows`).join(", ")})`,
    height: 520,
  });
  return { data, layout: { ...layout, ...Object.fromEntries(axes), showlegend: false, bargap: 0.35 } };
}
