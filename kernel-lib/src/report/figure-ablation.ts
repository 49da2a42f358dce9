// Rank and targets against the loss on rows that were not trained: a dot a training, a line through the means.
import { type Figure, type JsonObject, legendAtFoot, nameAxis, numberAxis, themedLayout } from "./figure.js";

/** One training of an ablation. */
export interface AblationPoint {
  rank: number;
  targets: string;
  /** On the held-out rows after the last step, nats a token. */
  heldOutLoss: number;
}

export interface AblationInput {
  rows: readonly AblationPoint[];
  /** Of the base on the same rows. */
  baseLoss: number;
  /** How small it is: "20 steps of 4 rows, 20 held-out rows". */
  about: string;
}

const colours = ["#e69f00", "#009e73", "#cc79a7", "#0072b2"];

export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The trainings of each combination of targets and rank, in order of appearance. */
export function byCombination<Row extends AblationPoint>(rows: readonly Row[]): { targets: string; rank: number; rows: Row[] }[] {
  const found = new Map<string, { targets: string; rank: number; rows: Row[] }>();
  for (const row of rows) {
    const key = JSON.stringify([row.targets, row.rank]);
    const known = found.get(key) ?? { targets: row.targets, rank: row.rank, rows: [] };
    found.set(key, { ...known, rows: [...known.rows, row] });
  }
  return [...found.values()];
}

export function ablationFigure({ rows, baseLoss, about }: AblationInput): Figure {
  const combinations = byCombination(rows);
  const targets = [...new Set(rows.map((row) => row.targets))];
  const ranks = [...new Set(rows.map(({ rank }) => rank))].sort((a, b) => a - b).map((rank) => `rank ${rank}`);
  const data: JsonObject[] = targets.flatMap((name, index) => {
    const own = combinations.filter((combination) => combination.targets === name);
    const color = colours[index % colours.length]!;
    const common = { type: "scatter", legendgroup: name };
    return [
      {
        ...{ ...common, mode: "lines", name, line: { color, width: 2.5 } },
        ...{ x: own.map(({ rank }) => `rank ${rank}`), y: own.map((each) => mean(each.rows.map((row) => row.heldOutLoss))) },
      },
      {
        ...{ ...common, mode: "markers", name: `${name}, each training`, showlegend: false, opacity: 0.7 },
        ...{ marker: { color, size: 9 }, hovertemplate: "%{x}: %{y:.3f}<extra>%{fullData.name}</extra>" },
        x: own.flatMap((each) => each.rows.map(({ rank }) => `rank ${rank}`)),
        y: own.flatMap((each) => each.rows.map((row) => row.heldOutLoss)),
      },
    ];
  });
  data.push({
    ...{ type: "scatter", mode: "lines", name: "base, untrained", line: { color: "#6e6e6e", width: 1.5, dash: "dash" } },
    ...{ x: ranks, y: ranks.map(() => baseLoss) },
  });
  const layout = themedLayout({
    title: "Rank and targets, at small size",
    subtitle: `loss on held-out completions: lines through the means, a dot a training · ${about}`,
    height: 460,
    margin: { b: 96 },
  });
  return {
    data,
    layout: {
      ...layout,
      legend: legendAtFoot,
      xaxis: { ...nameAxis, categoryarray: ranks, range: [-0.4, ranks.length - 0.6] },
      yaxis: { ...numberAxis, title: { text: "held-out loss (nats a token)" } },
    },
  };
}
