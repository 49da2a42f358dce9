// Scores over the number of demonstrations, a line a system, as the paper draws its 7B comparison: bars are the spread over draws of
// demonstrations, and the interval over items where there is one draw.
import { averageTaskId, isAverage, type Score } from "../evaluate/index.js";
import { type Figure, type JsonObject, plainLabel } from "./figure.js";
import { errorBars, mainScores } from "./figure-scores.js";
import { deviationOverDraws, formatItems } from "./format-score.js";
import { panelGrid, panelsLayout, panelTitle, scoreAxes, shotPlaces } from "./panels.js";
import type { ResultsInput } from "./report-input.js";
import { leadingScores, taskTitle } from "./results-rows.js";
import { shownSystems } from "./systems.js";

/** How far the systems of one k stand from each other, in steps between two k: their bars must not cover each other. */
const besides = 0.09;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Over draws the mean of their values ± their standard deviation, no bar where there is one; else the value and its interval. */
function points(scores: readonly Score[], { color, overDraws }: { color: string; overDraws: boolean }): JsonObject {
  if (!overDraws) return { y: scores.map(({ value }) => value), error_y: { ...errorBars(scores), color } };
  return {
    y: scores.map(({ value, draws }) => (draws.length < 2 ? value : mean(draws))),
    error_y: { type: "data", array: scores.map((score) => deviationOverDraws(score) ?? null), thickness: 1.3, width: 4, color },
  };
}

/** A panel a task, the average first; main metrics. For runs with several k. */
export function scoresOverShots(input: Pick<ResultsInput, "scores" | "origins" | "meta">): Figure {
  const averages = leadingScores(input).filter(({ taskId }) => taskId === averageTaskId);
  const tasks = [...(averages.length > 0 ? [[averageTaskId, averages] as const] : []), ...mainScores(input)];
  const { panels, rowCount } = panelGrid(tasks.length);
  const data: JsonObject[] = [];
  const axes: Record<string, JsonObject> = {};
  const annotations: JsonObject[] = [];
  const ks = [...new Set(tasks.flatMap(([, scores]) => scores.map(({ k }) => k)))].sort((a, b) => a - b);
  const overDraws = tasks.some(([, scores]) => scores.some(({ draws }) => draws.length > 1));
  const systems = shownSystems(input.scores);
  const clustered = tasks.some(([, scores]) => scores.some(({ n, clusters = n }) => clusters < n));
  tasks.forEach(([taskId, scores], index) => {
    const panel = panels[index]!;
    for (const [at, { system, label, colour }] of systems.entries()) {
      const line = scores.filter((score) => score.system === system).sort((a, b) => a.k - b.k);
      if (line.length === 0) continue;
      data.push({
        type: "scatter",
        mode: "lines+markers",
        name: label,
        legendgroup: system,
        showlegend: !data.some((trace) => trace.legendgroup === system),
        xaxis: `x${panel.suffix}`,
        yaxis: `y${panel.suffix}`,
        x: line.map(({ k }) => ks.indexOf(k) + besides * (at - (systems.length - 1) / 2)),
        ...points(line, { color: colour, overDraws }),
        line: { color: colour, width: 2, ...(system === "trivial" && { dash: "dot" }) },
        marker: { color: colour, size: 6 },
        hovertemplate: "%{y:.1f}<extra>%{fullData.name}</extra>",
      });
    }
    Object.assign(axes, scoreAxes(panel, shotPlaces(ks)));
    const metric = isAverage(taskId) ? "main metrics" : scores[0]!.metric;
    annotations.push(
      panelTitle(panel, plainLabel(taskTitle(input, taskId)), `${plainLabel(metric)}, n = ${formatItems(scores[0]!)}`),
    );
  });
  const layout = panelsLayout({
    title: "Scores over the number of demonstrations",
    subtitle: `bars: ${overDraws ? "± standard deviation over draws of demonstrations, none where there is one" : "95 % bootstrap intervals over items"}${clustered ? ", n: items/documents" : ""} · ${input.meta.model} · ${input.meta.size}`,
    rowCount,
    systems: systems.length,
  });
  return { data, layout: { ...layout, ...axes, annotations } };
}
