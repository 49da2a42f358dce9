// Answers one by one: a list of them, what became of them in another system, and those that changed most.
import type { Prediction } from "../evaluate/index.js";
import { systemStyle } from "./systems.js";
import { type Table, tableFromRecords } from "./table.js";

export interface ShownAnswer {
  row: Pick<Prediction, "itemId" | "system" | "k" | "raw" | "lenient" | "error"> & { withheldWords?: number | undefined };
  kind: string;
  formatted: boolean;
  score: number | null;
  gold: string | null;
}

const longest = 160;

/** The answer as it came, in one line, or why there is none to show. */
export function writtenAnswer({ raw, withheldWords, error }: ShownAnswer["row"], length = longest): string {
  if (error !== undefined) return `(failed: ${error})`;
  if (withheldWords !== undefined) return `(${withheldWords} words that repeat a text, withheld)`;
  const line = raw.replace(/\s+/g, " ").trim();
  if (line === "") return "(nothing)";
  return line.length > length ? `${line.slice(0, length)}…` : line;
}

const goldNote = "Gold answers are shown where they are labels, numbers or this project's own; other texts stay where they are.";

/** The first answers of a list, a row an answer; the footnote counts all of them by kind. */
export function answersTable(
  answers: readonly ShownAnswer[],
  { rows = 10, title }: { rows?: number; title?: string } = {},
): Table {
  const kinds = new Map<string, number>();
  for (const { kind } of answers) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const counts = [...kinds].sort((a, b) => b[1] - a[1]).map(([kind, count]) => `${count} ${kind}`);
  return tableFromRecords(
    title ?? "Answers, one by one",
    answers.slice(0, rows).map((answer) => ({
      item: answer.row.itemId,
      system: systemStyle(answer.row.system).label,
      k: answer.row.k,
      kind: answer.kind,
      score: answer.score,
      "asked format": answer.formatted ? "yes" : "no",
      gold: answer.gold ?? "",
      "read as": answer.row.lenient?.slice(0, longest) ?? "",
      answer: writtenAnswer(answer.row),
    })),
    [`${Math.min(rows, answers.length)} of ${answers.length} answers: ${counts.join(", ") || "none"}.`, goldNote],
  );
}

export interface ComparedAnswers {
  title: string;
  k: number;
  before: string;
  after: string;
  items: readonly unknown[];
  moves: readonly { before: string; after: string; items: number }[];
}

/** How many questions went from which kind of answer to which: a row a kind before, a column a kind after. */
export function movesTable({ title, k, before, after, items, moves }: ComparedAnswers): Table {
  const [from, to] = [systemStyle(before).label, systemStyle(after).label];
  const kindsBefore = [...new Set(moves.map((move) => move.before))];
  const kindsAfter = [...new Set(moves.map((move) => move.after))];
  const count = (one: string, other: string): number =>
    moves.find((move) => move.before === one && move.after === other)?.items ?? 0;
  return tableFromRecords(
    `${title}, k = ${k}: what became of the answers of ${from} in ${to}`,
    kindsBefore.map((kind) => ({
      [`${from} ↓  ${to} →`]: kind,
      ...Object.fromEntries(kindsAfter.map((other) => [other, count(kind, other) || null])),
    })),
    [`${items.length} questions, each answered by both.`],
  );
}

export interface ShownChange {
  before: ShownAnswer;
  after: ShownAnswer;
  /** Score after − before. */
  change: number | null;
}

/** Both answers to each question, side by side. */
export function changedItemsTable(
  changes: readonly ShownChange[],
  { title = "Changed answers" }: { title?: string } = {},
): Table {
  return tableFromRecords(
    title,
    changes.map(({ before, after, change }) => ({
      item: before.row.itemId,
      gold: before.gold ?? "",
      [`${systemStyle(before.row.system).label} wrote`]: writtenAnswer(before.row),
      is: before.kind,
      [`${systemStyle(after.row.system).label} wrote`]: writtenAnswer(after.row),
      "is then": after.kind,
      change,
    })),
    ["Score of this item alone, after − before, 0–1.", goldNote],
  );
}
