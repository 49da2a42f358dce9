// What is searched for test items, one record at a time: seeds, training rows, passages, demonstrations.
import type { Triple } from "../../dataset/index.js";
import type { TaskItem } from "../tasks/task.js";
import type { SourceKind } from "./report.js";

export interface SearchedRecord {
  source: SourceKind;
  id: string;
  /** Compared one by one: no run goes from one into the next. */
  texts: readonly string[];
  /** Demonstrations stand before the items of their own task alone, and are compared with no others. */
  taskId?: string;
}

type Task = Pick<Triple, "id" | "instruction" | "input" | "output">;

/** Seeds and training rows: every part of a row is trained on. */
export const taskRecord = (source: "seed" | "row", { id, instruction, input, output }: Task): SearchedRecord => ({
  source,
  id,
  texts: [instruction, input, output],
});

export const passageRecord = ({ id, text }: { id: string; text: string }): SearchedRecord => ({
  source: "passage",
  id,
  texts: [text],
});

export const demonstrationRecord = (taskId: string, { id, input, gold }: TaskItem): SearchedRecord => ({
  source: "demonstration",
  id,
  texts: [input, gold],
  taskId,
});
