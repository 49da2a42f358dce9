// What a model thinks comes next, before and after a training: the likeliest tokens side by side.
import { type Figure, labelWidth, legendAtFoot, nameAxis, numberAxis, plainLabel, themedLayout } from "./figure.js";
import { systemStyle } from "./systems.js";

export interface NextTokenInput {
  /** The likeliest first, with both probabilities. */
  tokens: readonly { text: string; before: number; after: number }[];
  /** What the model had read: the id of the row. */
  prompt: string;
  /** Optimiser steps between the two. */
  steps: number;
}

/** A token in quotation marks, its blanks and line breaks made visible. */
const label = (text: string): string => plainLabel(JSON.stringify(text).replace(/ /g, "␣"));

/** Probabilities in percent, a pair of bars a token. */
export function nextTokens({ tokens, prompt, steps }: NextTokenInput): Figure {
  const labels = tokens.map(({ text }) => label(text));
  const sides = [
    { part: "before", name: "base", colour: systemStyle("base").colour },
    { part: "after", name: `after ${steps} steps`, colour: systemStyle("self-specialised").colour },
  ] as const;
  const data = sides.map(({ part, name, colour }) => ({
    type: "bar",
    orientation: "h",
    name,
    y: labels,
    x: tokens.map((token) => 100 * token[part]),
    text: tokens.map((token) => (100 * token[part]).toFixed(1)),
    textposition: "outside",
    cliponaxis: false,
    marker: { color: colour },
    hovertemplate: "%{x:.2f} %<extra>%{fullData.name}</extra>",
  }));
  const layout = themedLayout({
    title: "The first token of the answer",
    subtitle: `the ${tokens.length} likeliest before or after training, after the prompt of ${prompt}, which is held out`,
    height: 180 + 38 * tokens.length,
    margin: { l: labelWidth(labels), r: 48, b: 96 },
  });
  return {
    data,
    layout: {
      ...layout,
      legend: legendAtFoot,
      barmode: "group",
      bargap: 0.3,
      xaxis: { ...numberAxis, title: { text: "probability (%)", standoff: 10 }, rangemode: "tozero" },
      yaxis: { ...nameAxis, autorange: "reversed" },
    },
  };
}
