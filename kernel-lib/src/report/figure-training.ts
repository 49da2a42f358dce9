// One training from all sides: its loss with that on held-out rows, and below it what else each step recorded.
import type { TrainingEvaluation, TrainingStep } from "../lora/index.js";
import { type Figure, type JsonObject, legendAtFoot, numberAxis, themedLayout } from "./figure.js";
import { runningMean } from "./figure-loss.js";

export interface TrainingCurvesInput {
  steps: readonly TrainingStep[];
  evaluations: readonly TrainingEvaluation[];
  /** Of the model before its first step, on the held-out rows; nats a token. */
  baseLoss?: number;
  /** "SmolLM2-135M-Instruct Q4_1 · tensorflow bfloat16". */
  about: string;
}

const [blue, orange, green, grey] = ["#0072b2", "#e69f00", "#009e73", "#6e6e6e"];

const panels: { title: string; value: (step: TrainingStep) => number }[] = [
  { title: "learning rate (10⁻³)", value: ({ learningRate }) => learningRate * 1000 },
  { title: "gradient norm", value: ({ gradientNorm }) => gradientNorm },
  { title: "tokens/s", value: ({ tokensPerSecond }) => tokensPerSecond },
  { title: "resident memory (GB)", value: ({ residentBytes }) => residentBytes / 1e9 },
];

/** Loss above; learning rate, gradient norm, speed and memory below, over the same steps. */
export function trainingCurves({ steps, evaluations, baseLoss, about }: TrainingCurvesInput): Figure {
  const x = steps.map(({ step }) => step);
  const losses = steps.map(({ loss }) => loss);
  const heldOut = [
    ...(baseLoss === undefined ? [] : [{ step: 0, loss: baseLoss }]),
    ...evaluations.flatMap(({ step, loss }) => (loss === null ? [] : [{ step, loss }])),
  ];
  const line = (colour: string, width: number): JsonObject => ({ color: colour, width });
  const data: JsonObject[] = [
    {
      ...{ type: "scatter", mode: "lines", x, y: losses, name: "each step", hoverinfo: "skip" },
      ...{ line: line(green!, 1), opacity: 0.4, showlegend: false },
    },
    {
      ...{ type: "scatter", mode: "lines", x, y: runningMean(losses, Math.max(2, steps.length / 10)) },
      ...{ name: "training rows (running mean)", line: line(green!, 2.5) },
    },
    {
      ...{ type: "scatter", mode: "lines+markers", x: heldOut.map(({ step }) => step), y: heldOut.map(({ loss }) => loss) },
      ...{ name: "held-out rows", line: line(blue!, 2), marker: { size: 8, color: blue! } },
    },
    ...panels.map(({ value }, index) => ({
      ...{ type: "scatter", mode: "lines", x, y: steps.map(value), xaxis: `x${index + 2}`, yaxis: `y${index + 2}` },
      ...{ showlegend: false, line: line(index < 2 ? grey! : orange!, 2), hovertemplate: "step %{x}: %{y:.4~g}<extra></extra>" },
    })),
  ];
  const small = Object.fromEntries(
    panels.flatMap((_, index) => {
      const left = index * 0.26;
      return [
        [
          `xaxis${index + 2}`,
          {
            ...numberAxis,
            domain: [left, left + 0.22],
            anchor: `y${index + 2}`,
            title: { text: "step" },
            nticks: 4,
            rangemode: "tozero",
          },
        ],
        [
          `yaxis${index + 2}`,
          { ...numberAxis, domain: [0, 0.24], anchor: `x${index + 2}`, rangemode: "tozero", nticks: 4, showexponent: "none" },
        ],
      ];
    }),
  );
  const annotations = panels.map(({ title }, index) => ({
    ...{ text: `<b>${title}</b>`, showarrow: false, xref: "paper", yref: "paper", font: { size: 12 } },
    ...{ x: index * 0.26, y: 0.24, xanchor: "left", yanchor: "bottom", yshift: 6 },
  }));
  const layout = themedLayout({
    title: "A training, step by step",
    subtitle: `loss of completion tokens · ${about}`,
    height: 640,
    margin: { b: 96 },
  });
  return {
    data,
    layout: {
      ...layout,
      ...small,
      annotations,
      legend: legendAtFoot,
      xaxis: { ...numberAxis, domain: [0, 1], anchor: "y", title: { text: "optimiser step" }, rangemode: "tozero" },
      yaxis: { ...numberAxis, domain: [0.44, 1], anchor: "x", title: { text: "loss (nats a token)" }, rangemode: "tozero" },
    },
  };
}
