// What is to be asked: one prompt per (k, draw, item), in the order of the final file. It depends on the task, the items and the run seed
// alone, never on the model, so that base and tuned models get the same bytes.
import { renderPrompt } from "../../dataset/index.js";
import { sha256 } from "../../runtime/index.js";
import { drawDemonstrations, fitDemonstrations } from "./demonstrations.js";
import type { BenchmarkTask, TaskItem } from "../tasks/index.js";

export interface PlannedQuestion {
  item: TaskItem;
  k: number;
  draw: number;
  prompt: string;
  promptHash: string;
}

export interface EvaluationPlan {
  questions: PlannedQuestion[];
  /** Where the context was too small for all k demonstrations. */
  truncations: { k: number; draw: number; dropped: number }[];
}

export interface EvaluationPlanOptions {
  task: BenchmarkTask;
  /** What is scored. */
  items: readonly TaskItem[];
  /** What the shots are drawn from. */
  demonstrations: readonly TaskItem[];
  /** Numbers of shots: [0, 1, 5]. */
  ks: readonly number[];
  /** How many samples of demonstrations for each k > 0; default 1. k = 0 has one. */
  draws?: number;
  runSeed: number;
  /** The model's context; demonstrations that do not fit are dropped. */
  contextTokens: number;
  maxTokens: number;
}

export function planEvaluation(options: EvaluationPlanOptions): EvaluationPlan {
  const { task, items, runSeed, contextTokens, maxTokens } = options;
  const plan: EvaluationPlan = { questions: [], truncations: [] };
  for (const k of options.ks) {
    const draws = k === 0 ? 1 : (options.draws ?? 1);
    for (let draw = 0; draw < draws; draw++) {
      const drawn = drawDemonstrations({ task, pool: options.demonstrations, k, draw, runSeed });
      const { demonstrations, dropped } = fitDemonstrations({ task, items, demonstrations: drawn, contextTokens, maxTokens });
      if (dropped > 0) plan.truncations.push({ k, draw, dropped });
      for (const item of items) {
        const prompt = renderPrompt({ instruction: task.instruction, input: item.input }, demonstrations);
        plan.questions.push({ item, k, draw, prompt, promptHash: sha256(prompt) });
      }
    }
  }
  return plan;
}
