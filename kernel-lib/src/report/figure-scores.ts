// Scores by task, k and system, each with its 95 % interval: one panel a task, so that systems are compared where they compare.
import { averageTaskId, type Score } from "../evaluate/index.js";
import { type Figure, type JsonObject, legendAtFoot, nameAxis, numberAxis, plainLabel, themedLayout } from "./figure.js";
import type { ResultsInput } from "./report-input.js";
import { shownSystems } from "./systems.js";

const panelsPerRow = 4;

/** How far an interval reaches below and above its value. */
export const errorBars = (scores: readonly Score[]): JsonObject => ({
  type: "data",
  symmetric: false,
  array: scores.map(({ value, ci }) => ci[1] - value),
  arrayminus: scores.map(({ value, ci }) => value - ci[0]),
  thickness: 1.3,
  width: 3,
  color: "#444444",
});

/** The scores of each task's main metric, in the order of the tasks. */
export function mainScores({ scores, origins }: Pick<ResultsInput, "scores" | "origins">): Map<string, Score[]> {
  const byTask = new Map<string, Score[]>();
  for (const score of scores) {
    const mainMetric = origins[score.taskId]?.mainMetric;
    if (score.taskId === averageTaskId || (mainMetric !== undefined && score.metric !== mainMetric)) continue;
    const rows = byTask.get(score.taskId) ?? [];
    if (rows.length === 0 || rows[0]!.metric === score.metric) byTask.set(score.taskId, [...rows, score]);
  }
  return byTask;
}

/** Bars with intervals; a panel a task, a group a k, a colour a system. */
export function scoresByTask(input: Pick<ResultsInput, "scores" | "origins" | "meta">): Figure {
  const tasks = [...mainScores(input)];
  const columns = Math.min(panelsPerRow, tasks.length);
  const rowCount = Math.ceil(tasks.length / columns);
  const [gapX, gapY] = [0.03, 0.26 / rowCount];
  const panelWidth = (1 - gapX * (columns - 1)) / columns;
  const panelHeight = (1 - gapY * (rowCount - 1)) / rowCount;
  const axes: Record<string, JsonObject> = {};
  const annotations: JsonObject[] = [];
  const data: JsonObject[] = [];
  tasks.forEach(([taskId, scores], index) => {
    const suffix = index === 0 ? "" : String(index + 1);
    const [column, row] = [index % columns, Math.floor(index / columns)];
    const left = column * (panelWidth + gapX);
    const top = 1 - row * (panelHeight + gapY);
    const origin = input.origins[taskId];
    const ks = [...new Set(scores.map(({ k }) => k))].sort((a, b) => a - b);
    for (const { system, label, colour } of shownSystems(input.scores)) {
      const bars = ks.flatMap((k) => scores.filter((score) => score.system === system && score.k === k).slice(0, 1));
      if (bars.length === 0) continue;
      data.push({
        type: "bar",
        name: label,
        legendgroup: system,
        offsetgroup: system,
        showlegend: !data.some((trace) => trace.legendgroup === system),
        xaxis: `x${suffix}`,
        yaxis: `y${suffix}`,
        x: bars.map(({ k }) => `k = ${k}`),
        y: bars.map(({ value }) => value),
        error_y: errorBars(bars),
        marker: { color: colour },
        hovertemplate: "%{y:.1f}<extra>%{fullData.name}, %{x}</extra>",
      });
    }
    const domain = [left, Math.min(1, left + panelWidth)];
    axes[`xaxis${suffix}`] = {
      ...nameAxis,
      domain,
      anchor: `y${suffix}`,
      categoryarray: ks.map((k) => `k = ${k}`),
    };
    axes[`yaxis${suffix}`] = {
      ...numberAxis,
      domain: [Math.max(0, top - panelHeight), top],
      anchor: `x${suffix}`,
      range: [0, 100],
      dtick: 20,
      showticklabels: column === 0,
      ...(column === 0 && { title: { text: "score (%)" } }),
    };
    annotations.push({
      text: `<b>${plainLabel(origin?.title ?? taskId)}</b><br>${plainLabel(scores[0]!.metric)}, n = ${scores[0]!.n}${origin?.origin === "mini" ? ", mini set" : ""}`,
      showarrow: false,
      xref: "paper",
      yref: "paper",
      x: left + panelWidth / 2,
      y: top,
      xanchor: "center",
      yanchor: "bottom",
      yshift: 6,
      font: { size: 12 },
    });
  });
  const legendLines = Math.ceil(shownSystems(input.scores).length / 4);
  const layout = themedLayout({
    title: "Scores by task and number of demonstrations",
    subtitle: `bars: 95 % bootstrap intervals over items · ${input.meta.model} · ${input.meta.size}`,
    height: 180 + 280 * rowCount + 20 * (legendLines - 1),
    margin: { t: 124, b: 84 + 20 * (legendLines - 1) },
  });
  return { data, layout: { ...layout, ...axes, annotations, legend: legendAtFoot, barmode: "group", bargap: 0.25 } };
}
