// Scores by task, k and system, each with its 95 % interval: one panel a task, so that systems are compared where they compare.
import { isAverage, type Score } from "../evaluate/index.js";
import { type Figure, type JsonObject, plainLabel } from "./figure.js";
import { formatItems } from "./format-score.js";
import { panelGrid, panelsLayout, panelTitle, scoreAxes, shotCategories } from "./panels.js";
import type { ResultsInput } from "./report-input.js";
import { leadingScores, mainMetricOf } from "./results-rows.js";
import { shownSystems } from "./systems.js";

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

/** The scores of each task's main metric, lenient reading of all items, in the order of the tasks; averages left out. */
export function mainScores(input: Pick<ResultsInput, "scores" | "origins">): Map<string, Score[]> {
  const byTask = new Map<string, Score[]>();
  for (const score of leadingScores(input)) {
    if (isAverage(score.taskId) || score.metric !== mainMetricOf(input, score.taskId)) continue;
    byTask.set(score.taskId, [...(byTask.get(score.taskId) ?? []), score]);
  }
  return byTask;
}

/** Bars with intervals; a panel a task, a group a k, a colour a system. */
export function scoresByTask(input: Pick<ResultsInput, "scores" | "origins" | "meta">): Figure {
  const tasks = [...mainScores(input)];
  const { panels, rowCount } = panelGrid(tasks.length);
  const systems = shownSystems(input.scores);
  const axes: Record<string, JsonObject> = {};
  const annotations: JsonObject[] = [];
  const data: JsonObject[] = [];
  tasks.forEach(([taskId, scores], index) => {
    const panel = panels[index]!;
    const { suffix } = panel;
    const origin = input.origins[taskId];
    const ks = [...new Set(scores.map(({ k }) => k))].sort((a, b) => a - b);
    for (const { system, label, colour } of systems) {
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
    Object.assign(axes, scoreAxes(panel, shotCategories(ks)));
    const items = `n = ${formatItems(scores[0]!)}${origin?.origin === "mini" ? ", mini set" : ""}`;
    annotations.push(panelTitle(panel, plainLabel(origin?.title ?? taskId), `${plainLabel(scores[0]!.metric)}, ${items}`));
  });
  const clustered = tasks.some(([, scores]) => scores.some(({ n, clusters = n }) => clusters < n));
  const layout = panelsLayout({
    title: "Scores by task and number of demonstrations",
    subtitle: `bars: 95 % bootstrap intervals over items${clustered ? ", n: items/documents" : ""} · ${input.meta.model} · ${input.meta.size}`,
    rowCount,
    systems: systems.length,
  });
  return { data, layout: { ...layout, ...axes, annotations, barmode: "group", bargap: 0.25 } };
}
