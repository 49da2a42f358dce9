// One question of an evaluation with every system's answer, and below it all that says how it was asked.
import type { Prediction } from "../evaluate/index.js";
import { type ShownAnswer, writtenAnswer } from "./benchmark-answers-table.js";
import { systemStyle } from "./systems.js";
import { type Table, tableFromRecords } from "./table.js";

export interface ShownItem {
  title: string;
  item: string;
  document: string | null;
  k: number;
  draw: number;
  template: string;
  taskVersion: number;
  runSeed: number;
  instruction: string;
  gold: string;
  prompts: readonly {
    systems: readonly string[];
    promptHash: string;
    demoIds: readonly string[];
    passageIds: readonly string[];
    verified: boolean | null;
  }[];
  answers: readonly (ShownAnswer & {
    row: Pick<Prediction, "model" | "strict" | "usage">;
    counts: string;
    labels: readonly { label: string; logprob: number; perToken: number }[];
  })[];
}

const verdict = (verified: boolean | null): string => {
  if (verified === null) return "cannot be rendered again: not all that stands in it is here";
  return verified ? "rendered again from the files here, the same hash: these bytes were sent" : "rendered again, another hash";
};

const labelled = (label: string, logprob: number): string => `${label} ${logprob.toFixed(2)}`;

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
