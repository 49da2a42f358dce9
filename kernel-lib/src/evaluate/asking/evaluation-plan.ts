// What is to be asked: one prompt per (k, draw, item), in the order of the final file, which puts prompts with a common beginning next to
// each other. It depends on the task, the items, the run seed and the tokenizer, never on the weights, so that base and tuned models get the
// same bytes.
import { sha256 } from "../../runtime/index.js";
import type { BenchmarkTask, TaskItem } from "../tasks/index.js";
import { type DrawnDemonstration, drawDemonstrations, shotPool } from "./demonstrations.js";
import { type FittingOptions, promptFitter } from "./fit-prompt.js";
import type { Retrieve, RetrievedPassage } from "./retrieved-passages.js";
import type { Truncation } from "./truncation.js";

export interface PlannedQuestion {
  item: TaskItem;
  k: number;
  draw: number;
  /** The demonstrations and passages that are in the prompt. */
  demoIds: string[];
  passageIds: string[];
  prompt: string;
  promptHash: string;
  /** Why it cannot be asked: the question alone does not fit into the context. */
  tooLong?: string;
}

export interface EvaluationPlan {
  questions: PlannedQuestion[];
  /** What the model holds: what did not fit, did not fit into it. */
  contextTokens: number;
  truncations: Truncation[];
  /** Label tasks: how often each label stands among the demonstrations of a draw, as drawn. */
  shotLabels: { k: number; draw: number; counts: Record<string, number> }[];
  /** Items that could not be drawn as shots, because a question is taken from the same document. */
  excludedShots: number;
}

export interface EvaluationPlanOptions extends FittingOptions {
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
  /** Puts what it finds before the input of the question; the demonstrations are shown without, so that their prefix is shared. */
  retrieve?: Retrieve;
}

function countLabels(shots: readonly DrawnDemonstration[], labels: readonly string[]): Record<string, number> {
  return Object.fromEntries(labels.map((label) => [label, shots.filter(({ output }) => output === label).length]));
}

/** @throws InputError where a question is among the demonstrations. */
export async function planEvaluation(options: EvaluationPlanOptions): Promise<EvaluationPlan> {
  const { task, items, demonstrations: pool, runSeed, contextTokens, maxTokens, retrieve } = options;
  const { isFree, excluded } = shotPool({ task, items, demonstrations: pool });
  const found = new Map<TaskItem, readonly RetrievedPassage[]>();
  if (retrieve) for (const item of items) found.set(item, (await retrieve(item)).passages);
  const plan: EvaluationPlan = { questions: [], contextTokens, truncations: [], shotLabels: [], excludedShots: excluded };
  for (const k of options.ks) {
    const draws = k === 0 ? 1 : (options.draws ?? 1);
    for (let draw = 0; draw < draws; draw++) {
      const drawn = drawDemonstrations({ task, pool, k, draw, runSeed, isFree });
      if (task.answerFormat === "label" && k > 0)
        plan.shotLabels.push({ k, draw, counts: countLabels(drawn, task.labels ?? []) });
      const fit = promptFitter(options, drawn);
      const cut: Truncation = { k, draw, prompts: items.length, items: 0, dropped: 0, droppedPassages: 0, tooLong: 0 };
      for (const item of items) {
        const passages = found.get(item) ?? [];
        const fitted = fit(item, passages);
        cut.items += fitted.demonstrations.length < drawn.length ? 1 : 0;
        cut.dropped += drawn.length - fitted.demonstrations.length;
        cut.droppedPassages += passages.length - fitted.passages.length;
        cut.tooLong += fitted.tooLong === undefined ? 0 : 1;
        plan.questions.push({
          item,
          k,
          draw,
          demoIds: fitted.demonstrations.map(({ id }) => id),
          passageIds: fitted.passages.map(({ id }) => id),
          prompt: fitted.prompt,
          promptHash: sha256(fitted.prompt),
          ...(fitted.tooLong !== undefined && {
            tooLong: `the question takes ${fitted.tooLong} tokens and its answer up to ${maxTokens}, the context holds ${contextTokens}`,
          }),
        });
      }
      if (cut.dropped + cut.droppedPassages + cut.tooLong > 0) plan.truncations.push(cut);
    }
  }
  return plan;
}
