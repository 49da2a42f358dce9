// This run beside the paper: the same kind of change (base → self-specialised), measured on very different models with metrics that are
// not the same. The figure says so; directions may be compared, heights may not.
import { averageTaskId, isAverage } from "../evaluate/index.js";
import {
  type Figure,
  figureWidth,
  type JsonObject,
  labelWidth,
  legendAtFoot,
  nameAxis,
  numberAxis,
  plainLabel,
  themedLayout,
} from "./figure.js";
import { datasetShots, type PaperComparison, type PaperTables, paperAverage, paperDataset } from "./paper-comparison.js";
import { paperDatasets } from "./paper-datasets.js";
import type { ResultsInput } from "./report-input.js";
import { headlineSystem, type RowKey, resultRows, scoreOf, taskTitle } from "./results-rows.js";
import { systemStyle } from "./systems.js";

/** With more tasks and k than this, the tasks at the largest k and the averages at every k stand for all. */
const mostRows = 12;

interface Change {
  label: string;
  base: number;
  tuned: number;
}

function changeTraces(
  changes: readonly Change[],
  panel: { suffix: string; symbol: string; showlegend: boolean; tunedLabel: string },
): JsonObject[] {
  const y = changes.map(({ label }) => label);
  const axes = { xaxis: `x${panel.suffix}`, yaxis: `y${panel.suffix}` };
  const lines: JsonObject = {
    ...axes,
    type: "scatter",
    mode: "lines",
    x: changes.flatMap(({ base, tuned }) => [base, tuned, null]),
    y: changes.flatMap(({ label }) => [label, label, null]),
    line: { color: "#bdbdbd", width: 4 },
    hoverinfo: "skip",
    showlegend: false,
  };
  const dots = (["base", "self-specialised"] as const).map((system): JsonObject => {
    const { label, colour } = systemStyle(system);
    return {
      ...axes,
      type: "scatter",
      mode: "markers",
      cliponaxis: false,
      name: system === "base" ? label : panel.tunedLabel,
      legendgroup: system,
      showlegend: panel.showlegend,
      x: changes.map(({ base, tuned }) => (system === "base" ? base : tuned)),
      y,
      marker: { color: colour, size: 12, symbol: panel.symbol, line: { color: "#ffffff", width: 1 } },
      hovertemplate: "%{x:.1f}<extra>%{y}</extra>",
    };
  });
  return [lines, ...dots];
}

/** Base → self-specialised of this run (left) and of the paper (right), a line a task, averages at the foot. */
export function scoresBesidePaper(input: Pick<ResultsInput, "scores" | "origins" | "meta">, paper: PaperTables): Figure {
  const headline = headlineSystem(input);
  const tunedLabel = `self-specialised${headline === "self-specialised" ? "" : ` (here: ${systemStyle(headline).label})`}`;
  const change = ({ taskId, metric, k }: RowKey): Change[] => {
    const [base, tuned] = ["base", headline].map((system) => scoreOf(input, { taskId, metric, k }, system)?.value);
    const label = `${taskTitle(input, taskId)}${isAverage(taskId) ? "" : `, ${metric}`}, k = ${k}`;
    return base === undefined || tuned === undefined ? [] : [{ label: plainLabel(label), base, tuned }];
  };
  const rows = resultRows(input);
  const tasks = rows.filter(({ taskId }) => !isAverage(taskId));
  const largest = Math.max(...rows.map(({ k }) => k));
  const ours = (
    tasks.length <= mostRows
      ? tasks
      : [...tasks.filter(({ k }) => k === largest), ...rows.filter(({ taskId }) => taskId === averageTaskId)]
  ).flatMap(change);
  const paperChange = ({ model, base, tuned }: PaperComparison, dataset: string, k: string): Change[] =>
    base === undefined || tuned === undefined
      ? []
      : [{ label: plainLabel(`${dataset}, ${model}, k = ${k}`), base: base.value, tuned: tuned.value }];
  const hasPaper = paper.large.domain === input.meta.domain;
  const datasets = [...new Set(tasks.flatMap(({ taskId }) => paperDatasets[taskId] ?? []))];
  const theirs = hasPaper
    ? [
        ...datasets.flatMap((dataset) => paperChange(paperDataset(paper, dataset), dataset, `${datasetShots}†`)),
        ...[0, 1, 5].flatMap((k) => paperChange(paperAverage(paper, k), "average of 10", `${k}`)),
      ]
    : [];
  const lines = Math.max(ours.length, theirs.length, 1);
  const margin = { l: labelWidth(ours.map(({ label }) => label)), r: 24, t: 108, b: 104 };
  // The right panel's labels stand between the panels: the plots share what the two columns of labels leave.
  const gap = Math.min(0.6, labelWidth(theirs.map(({ label }) => label)) / (figureWidth - margin.l - margin.r));
  const left = (1 - gap) / 2;
  const right = left + gap;
  const panelTitle = (text: string, x: number): JsonObject => ({
    text,
    showarrow: false,
    xref: "paper",
    yref: "paper",
    x,
    y: 1,
    xanchor: "left",
    yanchor: "bottom",
    font: { size: 13 },
  });
  const axis = { ...numberAxis, range: [0, 100], dtick: 20 };
  const names = { ...nameAxis, showgrid: true, gridcolor: "#f0f0f0", autorange: "reversed" };
  const layout = themedLayout({
    title: "Base → self-specialised, here and in the paper",
    subtitle: "different models, test sizes and metrics: compare directions, not heights",
    height: 230 + 32 * lines,
    margin,
  });
  return {
    data: [
      ...changeTraces(ours, { suffix: "", symbol: "circle", showlegend: true, tunedLabel }),
      ...changeTraces(theirs, { suffix: "2", symbol: "diamond", showlegend: ours.length === 0, tunedLabel }),
    ],
    layout: {
      ...layout,
      annotations: [
        panelTitle(`<b>this run</b>: ${plainLabel(input.meta.model)}`, 0),
        panelTitle(hasPaper ? "<b>the paper</b>: token F1" : "<b>the paper</b>: no numbers known for this domain", right),
        ...(hasPaper
          ? [
              {
                text: "† k is inferred, not printed; which PubMedQA answer the paper scores is inferred too",
                showarrow: false,
                xref: "paper",
                yref: "paper",
                x: 1,
                y: 0,
                xanchor: "right",
                yanchor: "top",
                yshift: -66,
                font: { size: 11, color: "#555555" },
              },
            ]
          : []),
      ],
      legend: legendAtFoot,
      xaxis: { ...axis, domain: [0, left], anchor: "y", title: { text: "score (%)", standoff: 10 } },
      yaxis: { ...names, anchor: "x" },
      xaxis2: { ...axis, domain: [right, 1], anchor: "y2", title: { text: "F1 (%)", standoff: 10 } },
      yaxis2: { ...names, anchor: "x2" },
    },
  };
}
