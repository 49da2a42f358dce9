// One question of an evaluation with every system's answer, and below it all that says how it was asked.
import type { Prediction } from "../evaluate/index.js";
import { type ShownAnswer, writtenAnswer } from "./benchmark-answers-table.js";
import { systemStyle } from "./systems.js";
import { type Table, tableFromRecords } from "./table.js";

export interface ShownPrompt {
  /** Who was asked with it. */
  systems: readonly string[];
  promptHash: string;
  demoIds: readonly string[];
  passageIds: readonly string[];
  /** Rendered again it has the stored hash; null where not all that stands in it is here. */
  verified: boolean | null;
}

/** What an answer to one question shows besides its text. */
export interface ShownCounts {
  /** What an extraction found of what is there: "2 of 3, 5 named"; empty for other answers. */
  counts: string;
  /** Log-probabilities, likeliest by their sum first; empty where nobody asked. */
  labels: readonly { label: string; logprob: number; perToken: number }[];
}

export interface ShownItem {
  /** The task's. */
  title: string;
  /** The item's id. */
  item: string;
  document: string | null;
  k: number;
  draw: number;
  template: string;
  taskVersion: number;
  runSeed: number;
  /** This project's own wording. */
  instruction: string;
  /** Label, number, or the whole where texts are shown; else how long it is. */
  gold: string;
  prompts: readonly ShownPrompt[];
  answers: readonly (ShownAnswer & ShownCounts & { row: Pick<Prediction, "model" | "strict" | "usage"> })[];
}

const verdict = (verified: boolean | null): string => {
  if (verified === null) return "cannot be rendered again: not all that stands in it is here";
  return verified ? "rendered again from the files here, the same hash: these bytes were sent" : "rendered again, another hash";
};

const labelled = (label: string, logprob: number): string => `${label} ${logprob.toFixed(2)}`;

/** A row a system; how it was asked stands below. */
export function itemTable({ title, item, k, draw, answers, prompts, ...asked }: ShownItem): Table {
  const records = answers.map(({ row, kind, score, counts, labels }) => ({
    system: systemStyle(row.system).label,
    model: row.model,
    answer: writtenAnswer(row, 600),
    strict: row.strict ?? "–",
    lenient: row.lenient ?? "–",
    kind,
    score,
    ...(answers.some((answer) => answer.counts !== "") && { found: counts }),
    ...(answers.some((answer) => answer.labels.length > 0) && {
      "labels, log-probability": labels.map(({ label, logprob }) => labelled(label, logprob)).join(", "),
      "per token": [...labels]
        .sort((a, b) => b.perToken - a.perToken)
        .map(({ label, perToken }) => labelled(label, perToken))
        .join(", "),
    }),
    tokens: `${row.usage.promptTokens} + ${row.usage.completionTokens}`,
  }));
  return tableFromRecords(`${title} · ${item} · k = ${k}${k === 0 ? "" : ` · draw ${draw}`}`, records, [
    `Instruction: ${asked.instruction}`,
    `Right answer: ${asked.gold}.${asked.document === null ? "" : ` Document: ${asked.document}.`}`,
    ...prompts.flatMap(({ systems, promptHash, demoIds, passageIds, verified }) => [
      `Prompt of ${systems.map((system) => systemStyle(system).label).join(", ")}, SHA-256 ${promptHash.slice(0, 16)}…: ${verdict(verified)}.`,
      `In it: ${demoIds.length === 0 ? "no demonstrations" : `demonstrations ${demoIds.join(", ")}`}${passageIds.length === 0 ? "" : `; passages ${passageIds.join(", ")}`}.`,
    ]),
    `Layout ${asked.template}, task version ${asked.taskVersion}, run seed ${asked.runSeed}.`,
  ]);
}
