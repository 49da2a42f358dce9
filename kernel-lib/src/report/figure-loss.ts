// The loss of every training of a run, over its steps: each step faint, the running mean strong.
import { type Figure, legendAtFoot, numberAxis, themedLayout } from "./figure.js";
import type { RunMeta, TrainingLog } from "./report-input.js";
import { systemStyle } from "./systems.js";

/** Exponential running mean with bias correction (Kingma and Ba 2015, section 3); `memory` is its effective length in steps. */
export function runningMean(values: readonly number[], memory: number): number[] {
  const keep = 1 - 1 / memory;
  let sum = 0;
  let weight = 0;
  return values.map((value) => {
    sum = keep * sum + value;
    weight = keep * weight + 1;
    return sum / weight;
  });
}

/** Loss in nats a completion token against optimiser steps. */
export function lossCurve(logs: readonly TrainingLog[], meta?: Pick<RunMeta, "model" | "size" | "backend">): Figure {
  const data = logs.flatMap(({ system, points }) => {
    const { label, colour } = systemStyle(system);
    const x = points.map(({ step }) => step);
    const losses = points.map(({ loss }) => loss);
    const memory = Math.max(2, points.length / 10);
    // A training of a few steps would vanish as a line alone.
    const common = { type: "scatter", mode: points.length < 12 ? "lines+markers" : "lines", x, legendgroup: system };
    return [
      {
        ...common,
        y: losses,
        name: label,
        showlegend: false,
        hoverinfo: "skip",
        opacity: 0.3,
        line: { color: colour, width: 1 },
      },
      { ...common, y: runningMean(losses, memory), name: label, line: { color: colour, width: 2.5 } },
    ];
  });
  const layout = themedLayout({
    title: "Training loss on completion tokens",
    subtitle: `each step and its running mean${meta ? ` · ${meta.model} · ${meta.backend} · ${meta.size}` : ""}`,
    height: 460,
    margin: { b: 96 },
  });
  return {
    data,
    layout: {
      ...layout,
      legend: legendAtFoot,
      xaxis: { ...numberAxis, title: { text: "optimiser step", standoff: 10 }, rangemode: "tozero" },
      yaxis: { ...numberAxis, title: { text: "loss (nats a token)" }, rangemode: "tozero" },
    },
  };
}
