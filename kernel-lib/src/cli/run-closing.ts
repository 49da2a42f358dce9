// What a person sees at the end of a run: the table, where things lie, what the next size would take.
import {
  chooseSize,
  forecastMinutes,
  knownExperiments,
  loadExperiment,
  type Run,
  type RunResult,
  sizeNames,
} from "../experiments/index.js";
import { renderTerminal, resultsTable, terminalStyle } from "../report/index.js";
import { formatSeconds } from "./stage-lines.js";

export const wholeMinutes = (minutes: number): string => `${Math.max(1, Math.round(minutes))} minutes`;

function nextSize({ config }: Run, { stages }: RunResult): string[] {
  const size = sizeNames[sizeNames.indexOf(config.size) + 1];
  if (size === undefined || config.adaptersFrom !== null || !knownExperiments().includes(config.name)) return [];
  const next = chooseSize(loadExperiment(config.name), size);
  return [
    ` next     npm start -- --size ${size} would take about ${wholeMinutes(forecastMinutes(next, { config, stages }))} here`,
  ];
}

export function runClosing(run: Run, result: RunResult): string {
  const took = result.stages.filter(({ seconds }) => seconds >= 1);
  const time = took.map(({ stage, seconds }) => `${stage} ${formatSeconds(seconds)}`).join(" · ");
  const total = formatSeconds(result.stages.reduce((sum, { seconds }) => sum + seconds, 0));
  if (result.scores.length === 0)
    return ["", ` time     ${time} · in all ${total}`, ` run      ${run.directory.path}`].join("\n");
  return [
    "",
    renderTerminal(resultsTable({ ...result, deviations: [] }), terminalStyle(process.stdout)),
    `  Differs from the paper in ${result.deviations.length} points; the report lists them.`,
    "",
    ` time     ${time} · in all ${total}`,
    ...nextSize(run, result),
    ` report   ${run.directory.report()}/report.html`,
    ` figures  ${run.directory.figures()}/`,
    " notebook npm run lab",
  ].join("\n");
}
