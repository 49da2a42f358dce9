// What each answer is, one by one: right, wrong, unreadable, copied. A table's cell is made of these.
import {
  type BenchmarkTask,
  isFormatted,
  type Likelihood,
  metricByName,
  type TaskItem,
  tallyAnswer,
} from "../../evaluate/index.js";
import { InputError } from "../../runtime/index.js";
import { type PublishedPrediction, repeatsInput } from "../foreign-text.js";
import { ownGold } from "./local-items.js";
import type { Benchmarks } from "./open-benchmarks.js";

/** From good to bad. "gold not here": the answer can be read, but the benchmark's files are not on this machine. */
export const answerKinds = [
  "right",
  "partly right",
  "wrong label",
  "wrong number",
  "wrong answer",
  "unreadable",
  "empty",
  "repeats a text",
  "failed request",
  "gold not here",
] as const;
export type AnswerKind = (typeof answerKinds)[number];

export interface JudgedAnswer {
  row: PublishedPrediction;
  kind: AnswerKind;
  /** The answer has exactly the asked format. */
  formatted: boolean;
  /**
   * 0–1: of a label whether it is right, else the task's main metric on this item alone; null where no gold is here, or the text was withheld
   * and its counts do not tell.
   */
  score: number | null;
  /** The right answer where it may be shown: a label, a number, or this project's own wording. */
  gold: string | null;
}

/** Which answers: of a task, and of single systems, numbers of demonstrations, draws or items. */
export interface AnswerFilter {
  task: string;
  system?: string;
  k?: number;
  draw?: number;
  item?: string;
  kind?: AnswerKind;
}

const hasEmptyGold: ReadonlySet<string> = new Set(["list", "typed-list", "labels", "items"]);

/** The name of the metric that tells a right answer to one item from a wrong one. */
const itemMetric = ({ answerFormat, metrics }: BenchmarkTask): string => (answerFormat === "label" ? "accuracy" : metrics[0]);

function scoreOf(task: BenchmarkTask, item: TaskItem, row: PublishedPrediction): number | null {
  // Of nothing found where nothing is there, F1 is not defined; it is right all the same. Counts do not tell it from what cannot be read.
  if (hasEmptyGold.has(task.answerFormat) && item.gold === "none")
    return row.withheldWords === undefined ? Number(row.lenient?.trim().toLowerCase() === "none") : null;
  const metric = metricByName(itemMetric(task), task.labels);
  const counts = tallyAnswer({ metric, prediction: row, item });
  return counts === null ? null : metric.value(counts);
}

/** Withheld when it was published, or the whole of its item's input. */
const repeatsText = ({ withheldWords, raw }: PublishedPrediction, item: TaskItem | undefined): boolean =>
  withheldWords !== undefined || (item !== undefined && repeatsInput(raw, item));

const wrongKinds: Partial<Record<BenchmarkTask["answerFormat"], AnswerKind>> = {
  label: "wrong label",
  labels: "wrong label",
  number: "wrong number",
};

function kindOf(row: PublishedPrediction, task: BenchmarkTask, item: TaskItem | undefined, score: number | null): AnswerKind {
  if (row.error !== undefined) return "failed request";
  if (repeatsText(row, item)) return "repeats a text";
  if (row.raw.trim() === "") return "empty";
  if (row.lenient === null) return "unreadable";
  if (score === null) return "gold not here";
  if (score > 1 - 1e-9) return "right";
  return score > 0 ? "partly right" : (wrongKinds[task.answerFormat] ?? "wrong answer");
}

/**
 * The answers to a task in their order, each read leniently beside its item.
 * @throws InputError for a task, system, k or item that nobody was asked about.
 */
export function judgeAnswers(set: Benchmarks, filter: AnswerFilter): JudgedAnswer[] {
  const local = set.items(filter.task);
  const { task, items } = local;
  const { system, k, draw, item: itemId, kind } = filter;
  const mine = set.predictions.filter(({ taskId }) => taskId === filter.task);
  const known = { system, k, draw, itemId };
  const rows = mine.filter((row) =>
    (Object.keys(known) as (keyof typeof known)[]).every((key) => known[key] === undefined || row[key] === known[key]),
  );
  if (rows.length === 0)
    throw new InputError({
      got: `no answer with ${Object.entries(known)
        .flatMap(([key, value]) => (value === undefined ? [] : `${key} ${value}`))
        .join(", ")} to ${filter.task}`,
      allowed: `systems ${set.systems.join(", ")}; k ${set.config.budget.shots.join(", ")}; items such as ${mine[0]?.itemId ?? "none"}`,
    });
  const judged = rows.map((row): JudgedAnswer => {
    const item = items.get(row.itemId);
    const score = item === undefined ? null : scoreOf(task, item, row);
    const gold = item === undefined ? null : ownGold(local, item);
    return { row, score, kind: kindOf(row, task, item, score), formatted: isFormatted(row), gold };
  });
  return kind === undefined ? judged : judged.filter((answer) => answer.kind === kind);
}

/** The labels' likelihoods for one question to one system, where they were asked for. */
export const likelihoodOf = (set: Benchmarks, row: PublishedPrediction): Likelihood | undefined =>
  set.likelihoods.find(
    (other) =>
      other.taskId === row.taskId &&
      other.itemId === row.itemId &&
      other.system === row.system &&
      other.k === row.k &&
      other.draw === row.draw,
  );
