// What is to be asked: one prompt per (k, draw, item), in the order of the final file, which puts prompts with a common beginning next to
// each other. It depends on the task, the items, the run seed and the tokenizer, never on the weights, so that base and tuned models get the
// same bytes.
import { type PromptTemplate, promptTemplateId, renderPrompt } from "../../dataset/index.js";
import { sha256 } from "../../runtime/index.js";
import type { BenchmarkTask, TaskItem } from "../tasks/index.js";
import { type CountTokens, estimateTokens } from "./count-tokens.js";
import { type DrawnDemonstration, drawDemonstrations, shotPool } from "./demonstrations.js";
import { type Retrieve, type RetrievedPassage, withPassages } from "./retrieved-passages.js";

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

/** Where the context was too small for all k demonstrations, or for the passages. */
export interface Truncation {
  k: number;
  draw: number;
  /** Items with fewer demonstrations than k. */
  items: number;
  /** Demonstrations that are missing from them, in all. */
  dropped: number;
  /** Passages that are missing, in all. */
  droppedPassages: number;
  /** Items that are not asked at all: the question alone does not fit. */
  tooLong: number;
}

export interface EvaluationPlan {
  questions: PlannedQuestion[];
  truncations: Truncation[];
  /** Label tasks: how often each label stands among the demonstrations of a draw, as drawn. */
  shotLabels: { k: number; draw: number; counts: Record<string, number> }[];
  /** Items that could not be drawn as shots, because a question is taken from the same document. */
  excludedShots: number;
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
  /** Kept free for the answer. */
  maxTokens: number;
  /** Default {@link estimateTokens}. */
  countTokens?: CountTokens;
  /** Default the layout of training. */
  template?: PromptTemplate;
  /** Puts what it finds before the input of the question; the demonstrations are shown without, so that their prefix is shared. */
  retrieve?: Retrieve;
}

interface Fitted {
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
function fitter(
  options: EvaluationPlanOptions,
  drawn: readonly DrawnDemonstration[],
): (item: TaskItem, found: readonly RetrievedPassage[]) => Fitted {
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

function countLabels(shots: readonly DrawnDemonstration[], labels: readonly string[]): Record<string, number> {
  return Object.fromEntries(labels.map((label) => [label, shots.filter(({ output }) => output === label).length]));
}

/** @throws InputError where a question is among the demonstrations. */
export async function planEvaluation(options: EvaluationPlanOptions): Promise<EvaluationPlan> {
  const { task, items, demonstrations: pool, runSeed, contextTokens, maxTokens, retrieve } = options;
  const { isFree, excluded } = shotPool({ task, items, demonstrations: pool });
  const found = new Map<TaskItem, readonly RetrievedPassage[]>();
  if (retrieve) for (const item of items) found.set(item, (await retrieve(item)).passages);
  const plan: EvaluationPlan = { questions: [], truncations: [], shotLabels: [], excludedShots: excluded };
  for (const k of options.ks) {
    const draws = k === 0 ? 1 : (options.draws ?? 1);
    for (let draw = 0; draw < draws; draw++) {
      const drawn = drawDemonstrations({ task, pool, k, draw, runSeed, isFree });
      if (task.answerFormat === "label" && k > 0)
        plan.shotLabels.push({ k, draw, counts: countLabels(drawn, task.labels ?? []) });
      const fit = fitter(options, drawn);
      const cut: Truncation = { k, draw, items: 0, dropped: 0, droppedPassages: 0, tooLong: 0 };
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

/** What did not fit, in one line, a part for each k over all its draws; "" where everything did. */
export function describeTruncations({ truncations }: Pick<EvaluationPlan, "truncations">): string {
  const lines = [...new Set(truncations.map(({ k }) => k))].map((k) => {
    const of = truncations.filter((truncation) => truncation.k === k);
    const sum = (count: (truncation: Truncation) => number): number => of.reduce((total, each) => total + count(each), 0);
    const dropped = sum((truncation) => truncation.dropped);
    const passages = sum((truncation) => truncation.droppedPassages);
    const tooLong = sum((truncation) => truncation.tooLong);
    const parts = [
      dropped > 0 && `${dropped} demonstrations dropped from ${sum(({ items }) => items)} prompts`,
      passages > 0 && `${passages} passages dropped`,
      tooLong > 0 && `${tooLong} questions too long to be asked`,
    ];
    return `k = ${k}: ${parts.filter(Boolean).join(", ")}`;
  });
  return lines.length > 0 ? `${lines.join("; ")} (the context is full)` : "";
}
