// The k shots of a prompt. All items of a task get the same demonstrations in one draw, so that their prompts share a prefix that a
// server computes once; k = 1 shows the first of the five that k = 5 shows.
import type { Demonstration } from "../../dataset/index.js";
import { deriveRandom, InputError } from "../../runtime/index.js";
import type { BenchmarkTask, TaskItem } from "../tasks/index.js";

/** A shot, and which item it is. */
export interface DrawnDemonstration extends Demonstration {
  id: string;
}

/**
 * The items that may be shown as shots beside these questions: those of other documents.
 * @throws InputError where a question is itself among the shots.
 */
export function shotPool(options: {
  task: Pick<BenchmarkTask, "title">;
  items: readonly TaskItem[];
  demonstrations: readonly TaskItem[];
}): { isFree: (item: TaskItem) => boolean; excluded: number } {
  const asked = new Set(options.items.map(({ id }) => id));
  const twice = options.demonstrations.find(({ id }) => asked.has(id));
  if (twice)
    throw new InputError({
      got: `${options.task.title}: item ${twice.id} among the questions and among the demonstrations`,
      allowed: "demonstrations of another split",
      todo: "take the questions out of the demonstrations",
    });
  const documents = new Set(options.items.flatMap(({ document }) => document ?? []));
  const isFree = ({ document }: TaskItem): boolean => document === undefined || !documents.has(document);
  return { isFree, excluded: options.demonstrations.filter((item) => !isFree(item)).length };
}

/**
 * Draws k items of the pool (the task's `demonstrations` split), at random as the paper does, whatever their labels; fewer only where the
 * pool is smaller. An item that may not be shown is passed over, which leaves the others of a draw as they are.
 */
export function drawDemonstrations(options: {
  task: Pick<BenchmarkTask, "id" | "instruction">;
  pool: readonly TaskItem[];
  k: number;
  /** Which draw, from 0; each is another sample. */
  draw: number;
  runSeed: number;
  /** Default: every item may be shown. */
  isFree?: (item: TaskItem) => boolean;
}): DrawnDemonstration[] {
  const { task, pool, k, draw, runSeed, isFree = () => true } = options;
  return deriveRandom(runSeed, "shots", task.id, draw)
    .shuffle(pool)
    .filter(isFree)
    .slice(0, k)
    .map(({ id, input, gold }) => ({ id, instruction: task.instruction, input, output: gold }));
}
