// What `bench inference` prints: tokens/s of both sides in each shape, their ratio, and whether ours reaches its bar.
import type { Table } from "../report/index.js";
import { median } from "./figures.js";

/** What is asked of both sides at once. */
export interface InferenceShape {
  name: string;
  sequences: number;
  promptWords: number;
  tokens: number;
  /** Which tokens are counted. */
  counted: "prompt" | "generated";
}

export interface InferenceRow {
  shape: InferenceShape;
  /** Tokens/s, one a round. */
  ours: readonly number[];
  theirs: readonly number[];
}

export interface InferenceFigures {
  ours: number;
  theirs: number;
  /** Best round by best round: what other work on the machine takes away is not the side's. */
  ratio: number;
  medianRatio: number;
}

/** The share of llama.cpp's own tokens/s that ours has to reach. */
export const inferenceBar = 0.8;

/** Undefined where one side was not measured. */
export function inferenceFigures({ ours, theirs }: InferenceRow): InferenceFigures | undefined {
  if (ours.length === 0 || theirs.length === 0) return undefined;
  const [best, otherBest] = [Math.max(...ours), Math.max(...theirs)];
  return { ours: best, theirs: otherBest, ratio: best / otherBest, medianRatio: median(ours) / median(theirs) };
}

const whole = (values: readonly number[]): string => (values.length === 0 ? "not measured" : Math.max(...values).toFixed(0));

export function inferenceTable({
  title,
  rows,
  notes,
  missing,
}: {
  title: string;
  rows: readonly InferenceRow[];
  notes: readonly string[];
  missing?: string | undefined;
}): Table {
  const judged = rows.flatMap((row) => inferenceFigures(row) ?? []);
  const below = judged.filter(({ ratio }) => ratio < inferenceBar).length;
  const label = (text: string) => ({ label: text, align: "right" }) as const;
  return {
    title,
    columns: [{ label: "tokens/s", align: "left" }, ...["selfspec", "llama.cpp", "ratio", "ratio of medians"].map(label)],
    rows: rows.map((row) => {
      const figures = inferenceFigures(row);
      return [
        { text: row.shape.name },
        { text: whole(row.ours) },
        { text: whole(row.theirs) },
        { text: figures?.ratio.toFixed(2) ?? "" },
        { text: figures?.medianRatio.toFixed(2) ?? "" },
      ];
    }),
    footnotes: [
      ...notes.map((note) => `${note}.`),
      "Ours is measured through HTTP, llama.cpp inside its process by llama_decode. Best of the rounds, which alternate.",
      ...(judged.length === 0
        ? []
        : [`Bar: ratio at least ${inferenceBar}: ${below === 0 ? "met" : `not met by ${below} of ${judged.length}`}.`]),
      ...(missing === undefined ? [] : [`${missing}.`]),
    ],
  };
}
