// The k shots of a prompt. All items of a task get the same demonstrations in one draw, so that their prompts share a prefix that a
// server computes once; k = 1 shows the first of the five that k = 5 shows.
import { type Demonstration, renderPrompt } from "../../dataset/index.js";
import { deriveRandom } from "../../runtime/index.js";
import type { BenchmarkTask, TaskItem } from "../tasks/index.js";

type Instructed = Pick<BenchmarkTask, "id" | "instruction">;

/** Draws k items of the pool (the task's `demonstrations` split); fewer only where the pool is smaller. */
export function drawDemonstrations(options: {
  task: Instructed;
  pool: readonly TaskItem[];
  k: number;
  /** Which draw, from 0; each is another sample. */
  draw: number;
  runSeed: number;
}): Demonstration[] {
  const { task, pool, k, draw, runSeed } = options;
  return deriveRandom(runSeed, "shots", task.id, draw)
    .sample(pool, k)
    .map(({ input, gold }) => ({ instruction: task.instruction, input, output: gold }));
}

/** A cautious estimate where no tokenizer is at hand: biomedical text has three to four characters a token. */
export const estimateTokens = (text: string): number => Math.ceil(text.length / 3);

/**
 * Drops demonstrations from the end until the longest item's prompt and answer fit into the context. One number for all
 * items of a task, or they would no longer be asked under the same conditions.
 */
export function fitDemonstrations(options: {
  task: Instructed;
  items: readonly TaskItem[];
  demonstrations: readonly Demonstration[];
  contextTokens: number;
  /** Kept free for the answer. */
  maxTokens: number;
}): { demonstrations: Demonstration[]; dropped: number } {
  const { task, items, demonstrations } = options;
  const longest = items.reduce((input, item) => (item.input.length > input.length ? item.input : input), "");
  const fits = (count: number): boolean => {
    const prompt = renderPrompt({ instruction: task.instruction, input: longest }, demonstrations.slice(0, count));
    return estimateTokens(prompt) + options.maxTokens <= options.contextTokens;
  };
  let count = demonstrations.length;
  while (count > 0 && !fits(count)) count--;
  return { demonstrations: demonstrations.slice(0, count), dropped: demonstrations.length - count };
}
