// What an evaluation asks: the items of each task, and where they come from.
import { type Likelihood, type OpenedTask, openTask, type Prediction, sampleItems, type TaskItem } from "../evaluate/index.js";
import type { RunConfig } from "./config.js";

export interface EvaluationPart {
  opened: OpenedTask;
  /** What is scored. */
  items: TaskItem[];
}

/** An evaluated part: every system's answers. */
export interface AnsweredPart extends EvaluationPart {
  predictions: Prediction[];
  /** Of the labels, where the task has some and the servers tell them. */
  likelihoods: Likelihood[];
  /** What a reader of the scores has to know of the asking, a line each. */
  notices: string[];
}

/** Items to score; development items are taken from what else may stand in prompts, and then stand in none. */
export function openParts({ tasks, budget, runSeed, split }: RunConfig): EvaluationPart[] {
  return tasks.map((taskId) => {
    const opened = openTask({ taskId });
    const { test, demonstrations } = opened.items;
    if (split === "test") return { opened, items: sampleItems(test, budget.items, runSeed) };
    const items = sampleItems(demonstrations, Math.min(budget.items, demonstrations.length >> 1), runSeed);
    const asked = new Set(items.map(({ id }) => id));
    const left = demonstrations.filter(({ id }) => !asked.has(id));
    return { opened: { ...opened, items: { test: items, demonstrations: left } }, items };
  });
}

/** In words, for the log. */
export function whatIsScored({ domain, split }: RunConfig, parts: readonly EvaluationPart[]): string {
  if (parts.length === 0) return `no task of ${domain} yet: nothing is scored`;
  const mini = parts.filter(({ opened }) => opened.origin === "mini").map(({ opened }) => opened.task.title);
  if (mini.length === 0) return `${split} items of the original files`;
  return `MINI SET, not the benchmark: ${mini.join(", ")}; npm run selfspec -- data pull fetches the originals`;
}
