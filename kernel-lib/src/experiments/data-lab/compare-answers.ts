// Two ways of answering the same instructions, side by side.
import { join } from "node:path";
import { instructionSchema, type Response, responseSchema } from "../../generate/index.js";
import { readJsonl, sha256File } from "../../runtime/index.js";
import type { Run } from "../run.js";

export interface ChangedAnswer {
  id: string;
  instruction: string;
  before: string;
  after: string;
}

export interface AnswerComparison {
  /** The two runs' instruction files have the same bytes. */
  sameInstructions: boolean;
  /** Rows that both keep with the same answer. */
  same: number;
  changed: ChangedAnswer[];
  /** Rows that only the second, and only the first, keeps. */
  gained: string[];
  lost: string[];
}

/** The kept answers of a run. @throws InputError where it has none yet. */
export const answersOf = ({ directory }: Run): Response[] =>
  readJsonl(join(directory.responses(), "rows.jsonl"), responseSchema, "response");

/** @throws InputError where one of the runs has no answers yet. */
export async function compareAnswers(first: Run, second: Run): Promise<AnswerComparison> {
  const files = [first, second].map(({ directory }) => join(directory.instructions(), "rows.jsonl"));
  const [firstHash, secondHash] = await Promise.all(files.map(sha256File));
  const tasks = new Map(readJsonl(files[1]!, instructionSchema, "instruction").map((task) => [task.id, task]));
  const before = new Map(answersOf(first).map((answer) => [answer.instructionId, answer.output]));
  const after = new Map(answersOf(second).map((answer) => [answer.instructionId, answer.output]));
  const both = [...before].flatMap(([id, output]) => {
    const other = after.get(id);
    return other === undefined ? [] : [{ id, instruction: tasks.get(id)?.instruction ?? "", before: output, after: other }];
  });
  const changed = both.filter((row) => row.before !== row.after);
  return {
    sameInstructions: firstHash === secondHash,
    same: both.length - changed.length,
    changed,
    gained: [...after.keys()].filter((id) => !before.has(id)),
    lost: [...before.keys()].filter((id) => !after.has(id)),
  };
}
