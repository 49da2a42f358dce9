// The same questions put to two systems: which answers became better, which worse, and out of what into what.
import { InputError } from "../../runtime/index.js";
import { type AnswerKind, answerKinds, type JudgedAnswer, judgeAnswers } from "./judge-answers.js";
import type { Benchmarks } from "./open-benchmarks.js";

export interface ChangedItem {
  before: JudgedAnswer;
  after: JudgedAnswer;
  /** Score after − before, −1 to 1; null where one of them has none. */
  change: number | null;
}

export interface ChangedItems {
  task: string;
  title: string;
  k: number;
  /** The systems. */
  before: string;
  after: string;
  /** Every question that both answered, in the order of the file. */
  items: ChangedItem[];
  /** How many questions went from one kind of answer to another, the kinds that occur in the order of {@link answerKinds}. */
  moves: { before: AnswerKind; after: AnswerKind; items: number }[];
}

/**
 * Compares two systems question by question; default the base and the tuned system.
 * @throws InputError as {@link judgeAnswers}, or where no system was tuned and none is named.
 */
export function changedItems(
  set: Benchmarks,
  options: { task: string; k: number; draw?: number; before?: string; after?: string },
): ChangedItems {
  const { task, k, draw = 0, before = "base", after = set.tuned } = options;
  if (after === null)
    throw new InputError({
      got: `${set.label} has no tuned system`,
      allowed: set.systems.join(", "),
      todo: "name one with after",
    });
  const answers = new Map(judgeAnswers(set, { task, k, draw, system: after }).map((answer) => [answer.row.itemId, answer]));
  const items = judgeAnswers(set, { task, k, draw, system: before }).flatMap((first): ChangedItem[] => {
    const second = answers.get(first.row.itemId);
    if (second === undefined) return [];
    const change = first.score === null || second.score === null ? null : second.score - first.score;
    return [{ before: first, after: second, change }];
  });
  const moves = answerKinds.flatMap((from) =>
    answerKinds.flatMap((to) => {
      const count = items.filter((item) => item.before.kind === from && item.after.kind === to).length;
      return count === 0 ? [] : [{ before: from, after: to, items: count }];
    }),
  );
  return { task, title: set.items(task).task.title, k, before, after, items, moves };
}

/** The questions that lost most (`worse`) or gained most (`better`), at most `rows`; of equals the first. */
export function mostChanged({ items }: ChangedItems, direction: "worse" | "better", rows = 5): ChangedItem[] {
  const sign = direction === "better" ? 1 : -1;
  const amount = ({ change }: ChangedItem): number => sign * (change ?? 0);
  return items
    .filter((item) => amount(item) > 0)
    .sort((a, b) => amount(b) - amount(a))
    .slice(0, rows);
}
