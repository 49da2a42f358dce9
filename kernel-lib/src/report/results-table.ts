// The results table: a row a task and k, the systems beside each other, and what self-specialization changed against the base
// and against the seeds alone. A loss or a null result is printed in the same words and the same type as a gain.
import { averageTaskId, type Difference, type Score } from "../evaluate/index.js";
import type { ResultsInput } from "./report-input.js";
import { shownSystems } from "./systems.js";
import type { Table, TableCell, TableColumn } from "./table.js";

const noValue = "–";
const comparedSystem = "self-specialised";
const comparedAgainst = ["base", "seeds-only"] as const;

/** One decimal, with a true minus sign; never "−0.0". */
export function formatPoints(value: number, { sign = false } = {}): string {
  const rounded = Math.round(value * 10) / 10;
  const digits = Math.abs(rounded).toFixed(1);
  if (rounded < 0) return `−${digits}`;
  return sign && rounded > 0 ? `+${digits}` : digits;
}

const interval = ([low, high]: readonly [number, number]): string => `[${formatPoints(low)}, ${formatPoints(high)}]`;

const scoreCell = (score: Score | undefined): TableCell => ({
  text: score ? `${formatPoints(score.value)} ${interval(score.ci)}` : noValue,
});

/** Bold and starred only when the 95 % interval does not hold 0, whichever way it points. */
export function formatDifference(difference: Difference | undefined): TableCell {
  if (!difference) return { text: noValue };
  const text = `${formatPoints(difference.value, { sign: true })} ${interval(difference.ci)}`;
  return difference.significant ? { text: `${text} *`, strong: true } : { text };
}

const percent = (share: number): string => `${Math.round(share * 100)}%`;

/** The metric a task is judged by; for a task without an entry in `origins`, the first that was scored. */
function mainMetricOf({ origins, scores }: ResultsInput, taskId: string): string {
  return origins[taskId]?.mainMetric ?? scores.find((score) => score.taskId === taskId)!.metric;
}

interface RowKey {
  taskId: string;
  metric: string;
  k: number;
}

function rowKeys(input: ResultsInput, metrics: "main" | "all"): RowKey[] {
  const keys = new Map<string, RowKey>();
  for (const { taskId, metric, k } of input.scores)
    if (taskId !== averageTaskId && (metrics === "all" || metric === mainMetricOf(input, taskId)))
      keys.set(JSON.stringify([taskId, metric, k]), { taskId, metric, k });
  const taskOrder = [...new Set([...keys.values()].map(({ taskId }) => taskId))];
  return [...keys.values()].sort(
    (a, b) => a.k - b.k || taskOrder.indexOf(a.taskId) - taskOrder.indexOf(b.taskId) || a.metric.localeCompare(b.metric),
  );
}

function failuresCell(base: Score | undefined, tuned: Score | undefined): TableCell {
  if (!base && !tuned) return { text: noValue };
  return { text: `${base ? percent(base.formatFailures) : noValue} → ${tuned ? percent(tuned.formatFailures) : noValue}` };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The average row of one k: a filed average with its interval where `scores` holds one, else the plain mean of the rows above. */
function averageRow(input: ResultsInput, k: number, keys: readonly RowKey[]): TableCell[] {
  const filed = (system: string): Score | undefined =>
    input.scores.find((score) => score.taskId === averageTaskId && score.system === system && score.k === k);
  const taskScores = (system: string): Score[] =>
    keys.flatMap((key) => input.scores.filter((score) => score.system === system && isFor(key)(score)));
  const systemCell = (system: string): TableCell => {
    const score = filed(system);
    if (score) return scoreCell(score);
    const scores = taskScores(system);
    return { text: scores.length === keys.length ? formatPoints(mean(scores.map(({ value }) => value))) : noValue };
  };
  const differenceOf = (against: string): TableCell => {
    const difference = input.differences.find(
      (row) => row.taskId === averageTaskId && row.k === k && row.system === comparedSystem && row.against === against,
    );
    if (difference) return formatDifference(difference);
    const [tuned, other] = [taskScores(comparedSystem), taskScores(against)];
    if (tuned.length !== keys.length || other.length !== keys.length) return { text: noValue };
    return { text: formatPoints(mean(tuned.map(({ value }) => value)) - mean(other.map(({ value }) => value)), { sign: true }) };
  };
  const failures = (system: string): string => {
    const shares = taskScores(system).map(({ formatFailures }) => formatFailures);
    return shares.length === keys.length ? percent(mean(shares)) : noValue;
  };
  return [
    { text: "average" },
    { text: "" },
    { text: String(k) },
    { text: String(taskScores(comparedSystem).reduce((sum, { n }) => sum + n, 0)) },
    ...shownSystems(input.scores).map(({ system }) => systemCell(system)),
    ...comparedAgainst.map(differenceOf),
    { text: `${failures("base")} → ${failures(comparedSystem)}` },
  ];
}

const isFor =
  (key: RowKey) =>
  (row: RowKey): boolean =>
    row.taskId === key.taskId && row.metric === key.metric && row.k === key.k;

function footnotesOf(input: ResultsInput, keys: readonly RowKey[]): string[] {
  const { meta, origins } = input;
  const mini = [...new Set(keys.map(({ taskId }) => taskId))].filter((taskId) => origins[taskId]?.origin === "mini");
  return [
    `${meta.model}, trained on ${meta.backend}, ${meta.seedCount} seeds, run seed ${meta.runSeed}, ${meta.date.slice(0, 10)}.`,
    "Scores in percent with 95 % bootstrap intervals over test items; differences of self-specialised (self) are paired on the same items, in points; * the interval does not hold 0.",
    "One training run a system: the intervals do not hold the noise of sampling and training.",
    "Format failures: share of answers not in the asked format, base → self-specialised.",
    ...(mini.length === 0
      ? []
      : [
          `Warning: ${mini.map((taskId) => origins[taskId]?.title ?? taskId).join(", ")} ran on the mini set of this project, not on the benchmark; such scores compare with nothing outside this table.`,
        ]),
    ...input.deviations.map((deviation) => `Differs from the paper: ${deviation}`),
  ];
}

/**
 * Builds the results table of a run.
 * @param options.metrics "main" (default): the metric each task is judged by, with an average row a k; "all": every metric, no average.
 */
export function resultsTable(input: ResultsInput, { metrics = "main" }: { metrics?: "main" | "all" } = {}): Table {
  const keys = rowKeys(input, metrics);
  const systems = shownSystems(input.scores);
  const left = (label: string): TableColumn => ({ label, align: "left" });
  const right = (label: string): TableColumn => ({ label, align: "right" });
  const taskRow = (key: RowKey): TableCell[] => {
    const score = (system: string): Score | undefined => input.scores.find((row) => row.system === system && isFor(key)(row));
    const difference = (against: string): Difference | undefined =>
      input.differences.find((row) => row.system === comparedSystem && row.against === against && isFor(key)(row));
    const origin = input.origins[key.taskId];
    const n = systems.map(({ system }) => score(system)?.n).find((count) => count !== undefined);
    return [
      { text: `${origin?.title ?? key.taskId}${origin?.origin === "mini" ? " (mini set)" : ""}` },
      { text: key.metric },
      { text: String(key.k) },
      { text: n === undefined ? noValue : String(n) },
      ...systems.map(({ system }) => scoreCell(score(system))),
      ...comparedAgainst.map((against) => formatDifference(difference(against))),
      failuresCell(score("base"), score(comparedSystem)),
    ];
  };
  const ks = [...new Set(keys.map(({ k }) => k))];
  const rows = ks.flatMap((k) => {
    const keysAtK = keys.filter((key) => key.k === k);
    const average = metrics === "main" && keysAtK.length > 1 ? [averageRow(input, k, keysAtK)] : [];
    return [...keysAtK.map(taskRow), ...average];
  });
  return {
    title: `${input.meta.name} · ${input.meta.size}`,
    columns: [
      left("task"),
      left("metric"),
      right("k"),
      right("n"),
      ...systems.map(({ label }) => right(label)),
      right("self − base"),
      right("self − seeds only"),
      right("format failures"),
    ],
    rows,
    keyColumns: 4,
    footnotes: footnotesOf(input, keys),
  };
}
