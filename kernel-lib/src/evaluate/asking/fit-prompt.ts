// The prompt of one question with as much before it as the context holds: whole demonstrations and passages are dropped, the question never.
import { type PromptTemplate, promptTemplateId, renderPrompt } from "../../dataset/index.js";
import type { BenchmarkTask, TaskItem } from "../tasks/index.js";
import { type CountTokens, estimateTokens } from "./count-tokens.js";
import type { DrawnDemonstration } from "./demonstrations.js";
import { type RetrievedPassage, withPassages } from "./retrieved-passages.js";

export interface FittingOptions {
  task: Pick<BenchmarkTask, "instruction">;
  /** The model's context; demonstrations that do not fit are dropped. */
  contextTokens: number;
  /** Kept free for the answer. */
  maxTokens: number;
  /** Default {@link estimateTokens}. */
  countTokens?: CountTokens;
  /** Default the layout of training. */
  template?: PromptTemplate;
}

export interface FittedPrompt {
  prompt: string;
  demonstrations: readonly DrawnDemonstration[];
  passages: readonly RetrievedPassage[];
  /** Tokens of a prompt that is too long even without any of them. */
  tooLong?: number;
}

/** Tokens that two texts may have fewer together than apart, where the tokenizer merges across their boundary; generously. */
const boundaryTokens = 8;

/**
 * Fits the questions of one draw. Demonstrations are dropped from the end, so that what is left still begins as the prompts of the other items
 * do; then passages, the worst first; the question is always whole. Every prompt that is kept was counted as a whole; what the demonstrations
 * add is counted once, to pass over those that are far too long.
 */
export function promptFitter(
  options: FittingOptions,
  drawn: readonly DrawnDemonstration[],
): (item: TaskItem, found: readonly RetrievedPassage[]) => FittedPrompt {
  const { task, template = promptTemplateId, contextTokens, maxTokens, countTokens = estimateTokens } = options;
  const room = contextTokens - maxTokens;
  const promptOf = (input: string, demonstrations: readonly DrawnDemonstration[]): string =>
    renderPrompt({ instruction: task.instruction, input }, demonstrations, template);
  const before = Array.from({ length: drawn.length + 1 }, (_, count) => countTokens(promptOf("x", drawn.slice(0, count))));
  const mayFit = (count: number, alone: number): boolean => alone + before[count]! - before[0]! - boundaryTokens <= room;
  return (item, found) => {
    let passages = found;
    for (;;) {
      const input = withPassages(item.input, passages);
      const alone = countTokens(promptOf(input, []));
      for (let count = drawn.length; count > 0; count--) {
        if (!mayFit(count, alone)) continue;
        const demonstrations = drawn.slice(0, count);
        const prompt = promptOf(input, demonstrations);
        if (countTokens(prompt) <= room) return { prompt, demonstrations, passages };
      }
      const fitted = { prompt: promptOf(input, []), demonstrations: [], passages };
      if (alone <= room) return fitted;
      if (passages.length === 0) return { ...fitted, tooLong: alone };
      passages = passages.slice(0, -1);
    }
  };
}
