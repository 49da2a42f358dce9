// This run beside the paper: the same kind of change (base → self-specialised), measured on very different models with metrics that are
// not the same. The figure says so; directions may be compared, heights may not.
import { averageTaskId, isAverage, isSignificant, type Score } from "../evaluate/index.js";
import { changeAxes, changesTitle, panelShares, rowHeight, rowLabelWidth } from "./changes-axes.js";
import { type Change, type ChangesPanel, changeLegend, changeTraces, type Dot } from "./changes-panel.js";
import { type Figure, type JsonObject, legendAtFoot, plainLabel, themedLayout } from "./figure.js";
import type { PaperValue } from "./paper.js";
import { datasetShots, type PaperComparison, type PaperTables, paperAverage, paperDataset } from "./paper-comparison.js";
import { paperDatasets } from "./paper-datasets.js";
import type { ResultsInput } from "./report-input.js";
import { differenceOf, headlineSystem, type RowKey, resultRows, scoreOf, taskTitle } from "./results-rows.js";
import { systemStyle } from "./systems.js";

/** With more tasks and k than this, the tasks at the largest k and the averages at every k stand for all. */
const mostRows = 12;

type Input = Pick<ResultsInput, "scores" | "differences" | "origins" | "meta">;

const measured = ({ value, ci }: Score): Dot => ({ value, below: value - ci[0], above: ci[1] - value });
const printed = ({ value, bar }: PaperValue): Dot => ({ value, below: bar?.halfLength ?? 0, above: bar?.halfLength ?? 0 });

function ownChanges(input: Input, headline: string): Change[] {
  const change = (key: RowKey): Change[] => {
    const [base, tuned] = ["base", headline].map((system) => scoreOf(input, key, system));
    if (base === undefined || tuned === undefined) return [];
    const difference = differenceOf(input, key, [headline, "base"]);
    const { n, clusters = n } = base;
    const items = `n = ${n}${clusters < n ? ` from ${clusters}` : ""}`;
    return [
      {
        label: [
          plainLabel(`${taskTitle(input, key.taskId)}, k = ${key.k}`),
          plainLabel(`${isAverage(key.taskId) ? "main metrics" : key.metric}, ${items}`),
        ],
        base: measured(base),
        tuned: measured(tuned),
        holds: difference !== undefined && isSignificant(difference),
      },
    ];
  };
  const rows = resultRows(input);
  const tasks = rows.filter(({ taskId }) => !isAverage(taskId));
  const largest = Math.max(...rows.map(({ k }) => k));
  const averages = rows.filter(({ taskId }) => taskId === averageTaskId);
  return (tasks.length <= mostRows ? tasks : [...tasks.filter(({ k }) => k === largest), ...averages]).flatMap(change);
}

/** The paper's datasets that this run has too, and its averages; none where its numbers are of another domain. */
function paperChanges(input: Input, paper: PaperTables): Change[] {
  if (paper.large.domain !== input.meta.domain) return [];
  const change = ({ model, base, tuned }: PaperComparison, dataset: string, k: string): Change[] =>
    base === undefined || tuned === undefined
      ? []
      : [{ label: [`${dataset}, k = ${k}`, model], base: printed(base), tuned: printed(tuned), holds: true }];
  const datasets = [...new Set(resultRows(input).flatMap(({ taskId }) => paperDatasets[taskId] ?? []))];
  return [
    ...datasets.flatMap((dataset) => change(paperDataset(paper, dataset), dataset, `${datasetShots}†`)),
    ...[0, 1, 5].flatMap((k) => change(paperAverage(paper, k), "average of 10", `${k}`)),
  ];
}

const ourNotes = (changes: readonly Change[]): string[] => [
  `Bars here: 95 % bootstrap intervals over items.${changes.some(({ label }) => / from /.test(label[1])) ? " n = items from documents." : ""}`,
  ...(changes.some(({ holds }) => !holds)
    ? ["Hollow: the change is not shown to hold (p ≥ 0.05 after Holm's correction or not tested, or 0 in its interval)."]
    : []),
];
const paperNotes = [
  "The paper: F1 as printed on the poster, bars as drawn there, their meaning not stated; no test is printed.",
  "† k is inferred, not printed; which PubMedQA answer the paper scores is inferred too.",
];

/** Base → self-specialised of this run (left) and of the paper (right), a row a task, averages at the foot. */
export function scoresBesidePaper(input: Input, paper: PaperTables): Figure {
  const headline = headlineSystem(input);
  const tunedLabel = `self-specialised${headline === "self-specialised" ? "" : ` (here: ${systemStyle(headline).label})`}`;
  const [ours, theirs] = [ownChanges(input, headline), paperChanges(input, paper)];
  const rows = Math.max(ours.length, theirs.length, 1);
  const notes = [...ourNotes(ours), ...(theirs.length > 0 ? paperNotes : [])];
  const labels = { left: rowLabelWidth(ours), right: theirs.length > 0 ? rowLabelWidth(theirs) : 0 };
  const margin = { l: labels.left + 16, r: 28, t: 108, b: 96 + 16 * notes.length };
  const shares = panelShares({ left: margin.l, right: labels.right + 40, margin: margin.r });
  const left: ChangesPanel = {
    suffix: "",
    symbol: "circle",
    x: theirs.length > 0 ? shares[0] : [0, 1],
    rows,
    axisTitle: "score (%)",
  };
  const right: ChangesPanel = { suffix: "2", symbol: "diamond", x: shares[1], rows, axisTitle: "F1 (%)" };
  const note: JsonObject = {
    text: notes.join("<br>"),
    align: "left",
    showarrow: false,
    xref: "paper",
    yref: "paper",
    x: 0,
    xshift: 18 - margin.l,
    y: 0,
    yshift: -52,
    xanchor: "left",
    yanchor: "top",
    font: { size: 11, color: "#555555" },
  };
  const layout = themedLayout({
    title: "Base → self-specialised, here and in the paper",
    subtitle:
      theirs.length > 0
        ? "different models, test sizes and metrics: compare directions, not heights"
        : "the paper: no numbers known for this domain",
    height: margin.t + margin.b + rowHeight * rows,
    margin,
  });
  return {
    data: [
      ...changeTraces(ours, left),
      ...(theirs.length > 0 ? changeTraces(theirs, right) : []),
      ...changeLegend({ tunedLabel, ...(ours.some(({ holds }) => !holds) && { hollowLabel: "change not shown to hold" }) }),
    ],
    layout: {
      ...layout,
      annotations: [
        changesTitle(`<b>this run</b>: ${plainLabel(input.meta.model)}`, left, labels.left),
        ...(theirs.length > 0 ? [changesTitle("<b>the paper</b>: token F1", right, labels.right)] : []),
        note,
      ],
      legend: legendAtFoot,
      ...changeAxes(ours, left),
      ...(theirs.length > 0 ? changeAxes(theirs, right) : {}),
    },
  };
}
