// The systems that tables and figures carry, in reading order, with the name and the colour each has everywhere.
// Colours are Okabe and Ito's (2008) set and shades of it, told apart by colour-blind readers and in grey print.
import type { Score } from "../evaluate/index.js";

export interface SystemStyle {
  /** As in the rows: Score.system. */
  system: string;
  label: string;
  colour: string;
}

/** In reading order. */
const known: readonly SystemStyle[] = [
  { system: "trivial", label: "trivial answer", colour: "#a3a3a3" },
  { system: "base", label: "base", colour: "#0072b2" },
  { system: "base-retrieval", label: "base + retrieval", colour: "#88ccee" },
  { system: "seeds-only", label: "LoRA, seeds only", colour: "#e69f00" },
  { system: "self-specialised", label: "self-specialised", colour: "#009e73" },
  { system: "with-seeds", label: "seeds + all rows", colour: "#006d50" },
  { system: "answer-first", label: "answers first", colour: "#332288" },
  { system: "checked", label: "seeds + checked rows", colour: "#117733" },
  { system: "checked-both", label: "seeds + both orders", colour: "#44aa99" },
  { system: "seeds-taught", label: "seeds + taught rows", colour: "#999933" },
  { system: "generic", label: "LoRA, generic", colour: "#d55e00" },
  { system: "unfiltered", label: "no filter", colour: "#8c564b" },
  { system: "grounded", label: "with retrieval", colour: "#56b4e9" },
  { system: "ungrounded", label: "without retrieval", colour: "#7f7fbf" },
  { system: "round-2", label: "round 2", colour: "#66c2a5" },
  { system: "round-3", label: "round 3", colour: "#a6dbc8" },
];

/** Of other models at other endpoints, in the order in which they are scored. */
const otherColours = ["#cc79a7", "#882255", "#661100", "#6699cc", "#ddcc77"];

/** The style of a system; an unknown one keeps its own name. */
export function systemStyle(system: string): SystemStyle {
  return known.find((style) => style.system === system) ?? { system, label: system, colour: otherColours[0]! };
}

/** The systems that were scored: the known ones in reading order, then the others, each in a colour of its own. */
export function shownSystems(scores: readonly Score[]): SystemStyle[] {
  const scored = new Set(scores.map(({ system }) => system));
  const shown = known.filter(({ system }) => scored.delete(system));
  const others = [...scored].map((system, at) => ({ system, label: system, colour: otherColours[at % otherColours.length]! }));
  return [...shown, ...others];
}
