// What each system's answers are: right, wrong, unreadable. Two systems with the same score can fail in different ways, and of what a small model
// gains by tuning much is format.
import {
  type Figure,
  type JsonObject,
  labelWidth,
  legendAtFoot,
  nameAxis,
  numberAxis,
  plainLabel,
  themedLayout,
} from "./figure.js";
import { systemStyle } from "./systems.js";

export interface KindShare {
  title: string;
  system: string;
  k: number;
  answers: number;
  /** How many answers are of which kind. */
  kinds: Readonly<Record<string, number | undefined>>;
}

/** From good to bad; kinds that say the same of different formats share a colour. */
const shown: readonly { label: string; colour: string; kinds: readonly string[] }[] = [
  { label: "right", colour: "#009e73", kinds: ["right"] },
  { label: "partly right", colour: "#a6dbc8", kinds: ["partly right"] },
  { label: "wrong", colour: "#e69f00", kinds: ["wrong label", "wrong number", "wrong answer"] },
  { label: "unreadable or empty", colour: "#d55e00", kinds: ["unreadable", "empty"] },
  { label: "repeats a text", colour: "#7f7fbf", kinds: ["repeats a text"] },
  { label: "failed request", colour: "#333333", kinds: ["failed request"] },
  { label: "readable, gold not here", colour: "#cccccc", kinds: ["gold not here"] },
];

/** A bar a task and system, parted by kind of answer. */
export function answerKindsFigure(shares: readonly KindShare[], { about }: { about: string }): Figure {
  const ks = [...new Set(shares.map(({ k }) => k))];
  const names = shares.map(({ title, system, k }) =>
    plainLabel(`${title} · ${systemStyle(system).label}${ks.length > 1 ? `, k = ${k}` : ""}`),
  );
  const count = ({ kinds }: KindShare, wanted: readonly string[]): number =>
    wanted.reduce((sum, kind) => sum + (kinds[kind] ?? 0), 0);
  const data = shown
    .filter(({ kinds }) => shares.some((share) => count(share, kinds) > 0))
    .map(
      ({ label, colour, kinds }): JsonObject => ({
        type: "bar",
        orientation: "h",
        name: label,
        x: shares.map((share) => (100 * count(share, kinds)) / share.answers),
        y: names,
        customdata: shares.map((share) => `${count(share, kinds)} of ${share.answers}`),
        marker: { color: colour },
        hovertemplate: "%{customdata}<extra>%{fullData.name}</extra>",
      }),
    );
  const answers = [...new Set(shares.map((share) => share.answers))].sort((a, b) => a - b);
  const n = answers.length > 1 ? `${answers[0]} to ${answers.at(-1)}` : `${answers[0] ?? 0}`;
  const layout = themedLayout({
    title: "What the answers are",
    subtitle: plainLabel(`k = ${ks.join(", ")} · n = ${n} answers a bar · ${about}`),
    height: 190 + 24 * shares.length,
    margin: { l: labelWidth(names), r: 24, t: 84, b: 96 },
  });
  return {
    data,
    layout: {
      ...layout,
      barmode: "stack",
      bargap: 0.25,
      legend: legendAtFoot,
      xaxis: { ...numberAxis, range: [0, 100], title: { text: "answers (%)", standoff: 8 } },
      yaxis: { ...nameAxis, autorange: "reversed" },
    },
  };
}
