// Root verbs with their objects, as Self-Instruct (Wang et al. 2023, fig. 3) and Self-Specialization (Kang et al. 2024) draw them: one
// ring of verbs, round it their objects; a general and a specialised set beside each other.
import type { RootCount } from "../dataset/index.js";
import { percent } from "./binned-bars.js";
import { type Figure, type JsonObject, plainLabel, themedLayout } from "./figure.js";

export interface VerbSet {
  /** "general", "biomedicine, round 1". */
  label: string;
  /** As countRoots gives them. */
  roots: readonly RootCount[];
}

/** As in both papers: the twenty commonest verbs, with their four commonest objects. */
const verbsShown = 20;
const objectsShown = 4;

const colours = ["#0072b2", "#009e73", "#e69f00", "#cc79a7", "#56b4e9", "#d55e00", "#8c9c00", "#7f7fbf"];

interface Sector {
  id: string;
  label: string;
  parent: string;
  rows: number;
  colour: string;
}

const sum = (roots: readonly { rows: number }[]): number => roots.reduce((total, { rows }) => total + rows, 0);
const lighter = (colour: string, by: number): string =>
  `#${[1, 3, 5]
    .map((at) =>
      Math.round(255 - (255 - Number.parseInt(colour.slice(at, at + 2), 16)) * (1 - by))
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;

/** Verbs with an object, the commonest first, each with its commonest objects; a verb is as wide as the objects it is shown with. */
function sectorsOf(roots: readonly RootCount[]): Sector[] {
  const verbs = new Map<string, RootCount[]>();
  for (const root of roots)
    if (root.verb !== null && root.object !== null) verbs.set(root.verb, [...(verbs.get(root.verb) ?? []), root]);
  const ranked = [...verbs].sort(([a, m], [b, n]) => sum(n) - sum(m) || (a < b ? -1 : 1));
  return ranked.slice(0, verbsShown).flatMap(([verb, own], index): Sector[] => {
    const colour = colours[index % colours.length]!;
    const objects = own.slice(0, objectsShown);
    return [
      { id: verb, label: verb, parent: "", rows: sum(objects), colour },
      ...objects.map(({ object, rows }) => ({
        id: `${verb} ${object}`,
        label: object!,
        parent: verb,
        rows,
        colour: lighter(colour, 0.45),
      })),
    ];
  });
}

/** What the drawing leaves out, in words: how many instructions ask, and how many pairs it shows. */
function describe(label: string, roots: readonly RootCount[], shown: number): string {
  const all = sum(roots);
  const share = (rows: number): string => percent(all === 0 ? 0 : rows / all);
  const questions = sum(roots.filter(({ kind }) => kind === "question"));
  return `<b>${plainLabel(label)}</b> · ${all} instructions: ${share(shown)} shown, ${share(questions)} questions`;
}

/** One or two sunbursts; more sets are not legible at a README's width. */
export function verbSunbursts(sets: readonly [VerbSet] | readonly [VerbSet, VerbSet]): Figure {
  const width = 1 / sets.length;
  const data: JsonObject[] = sets.map(({ roots }, index) => {
    const sectors = sectorsOf(roots);
    return {
      type: "sunburst",
      ids: sectors.map(({ id }) => id),
      labels: sectors.map(({ label }) => plainLabel(label)),
      parents: sectors.map(({ parent }) => parent),
      values: sectors.map(({ rows }) => rows),
      branchvalues: "total",
      marker: { colors: sectors.map(({ colour }) => colour), line: { color: "#ffffff", width: 1 } },
      insidetextorientation: "radial",
      leaf: { opacity: 1 },
      rotation: 90,
      hovertemplate: "%{label}: %{value} instructions<extra></extra>",
      domain: { x: [index * width + 0.01, (index + 1) * width - 0.01], y: [0, 1] },
    };
  });
  const annotations = sets.map(({ label, roots }, index) => ({
    text: describe(label, roots, sum(sectorsOf(roots).filter(({ parent }) => parent === ""))),
    xref: "paper",
    x: (index + 0.5) * width,
    xanchor: "center",
    yref: "paper",
    y: -0.02,
    yanchor: "top",
    showarrow: false,
  }));
  // A layout without axes has no plot to give a ground.
  const { plot_bgcolor: _, ...layout } = themedLayout({
    title: "What the instructions ask for",
    subtitle: `the ${verbsShown} commonest root verbs and the ${objectsShown} commonest objects of each`,
    height: sets.length === 1 ? 640 : 560,
    margin: { l: 12, r: 12, t: 80, b: 44 },
  });
  return { data, layout: { ...layout, annotations, uniformtext: { minsize: 9, mode: "hide" } } };
}
