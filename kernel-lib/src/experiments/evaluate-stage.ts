// Stage "evaluate": every system on the same items with the same prompts: the trivial answer, the base and each LoRA of the run. What is
// claimed is the paired difference.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import {
  comparePredictions,
  type Difference,
  differenceSchema,
  evaluateSystem,
  macroAverage,
  macroDifference,
  type OpenedTask,
  openTask,
  type Prediction,
  type Score,
  sampleItems,
  scorePredictions,
  scoreSchema,
  type TaskItem,
  trivialPredictions,
} from "../evaluate/index.js";
import { readJson, startStage, writeJson, writeJsonl } from "../runtime/index.js";
import type { RunConfig } from "./config.js";
import type { RunDirectory } from "./run-directory.js";
import type { Walk } from "./walk.js";

export const evaluationSchema = z.strictObject({
  scores: z.array(scoreSchema),
  differences: z.array(differenceSchema),
  /** By task id. */
  origins: z.record(
    z.string(),
    z.strictObject({ origin: z.enum(["original", "mini"]), title: z.string(), mainMetric: z.string() }),
  ),
  notices: z.array(z.string()),
});
export type Evaluation = z.infer<typeof evaluationSchema>;

/** Longest answer by format; a list of entities or a label needs few tokens, a summary more. */
export const answerTokens = { label: 12, list: 48, "typed-list": 64, text: 96 };

/** The comparisons that tables carry: each system against what it should beat. */
function comparisonsOf({ systems }: RunConfig): [system: string, against: string][] {
  const rivals = ["base", "seeds-only", "self-specialised", "trivial"];
  const known = ["trivial", "base", ...systems];
  return systems.flatMap((system) =>
    rivals
      .filter((rival) => rival !== system && known.includes(rival) && !(system === "seeds-only" && rival === "self-specialised"))
      .map((rival): [string, string] => [system, rival]),
  );
}

interface TaskPart {
  opened: OpenedTask;
  items: TaskItem[];
  predictions: Prediction[];
}

/** Items to score; development items are taken from what else may stand in prompts, and then stand in none. */
function openTasks({ tasks, budget, runSeed, split }: RunConfig): TaskPart[] {
  return tasks.map((taskId) => {
    const opened = openTask({ taskId });
    const { test, demonstrations } = opened.items;
    if (split === "test") return { opened, items: sampleItems(test, budget.items, runSeed), predictions: [] };
    const items = sampleItems(demonstrations, Math.min(budget.items, demonstrations.length >> 1), runSeed);
    const asked = new Set(items.map(({ id }) => id));
    const left = demonstrations.filter(({ id }) => !asked.has(id));
    return { opened: { ...opened, items: { test: items, demonstrations: left } }, items, predictions: [] };
  });
}

async function askAll(walk: Walk, parts: readonly TaskPart[]): Promise<void> {
  const { config, directory, host, onProgress, signal } = walk;
  const { shots: ks, draws } = config.budget;
  const endpoint = await host.endpoint();
  const systems = [{ system: "base", model: endpoint.model }];
  for (const system of config.systems) systems.push({ system, model: await host.adapter(system) });
  for (const { opened, items, predictions } of parts) {
    const { task } = opened;
    const trivial = trivialPredictions({ task, items, demonstrations: opened.items.demonstrations, ks });
    writeJsonl(join(directory.evaluation(), "trivial", `${task.id}.jsonl`), trivial);
    predictions.push(...trivial);
  }
  for (const { system, model } of systems)
    for (const { opened, items, predictions } of parts) {
      const { task } = opened;
      const answered = await evaluateSystem({
        endpoint,
        model,
        system,
        task,
        items,
        demonstrations: opened.items.demonstrations,
        ks,
        draws,
        directory: directory.evaluation(),
        runSeed: config.runSeed,
        contextTokens: config.endpoint.contextTokens,
        maxTokens: answerTokens[task.answerFormat],
        signal,
        onProgress,
      });
      predictions.push(...answered.predictions);
    }
}

/** Scores every system and every comparison from predictions alone. */
function judge(parts: readonly TaskPart[], config: RunConfig): Pick<Evaluation, "scores" | "differences"> {
  const { runSeed } = config;
  const comparisons = comparisonsOf(config);
  const scores: Score[] = [];
  const differences: Difference[] = [];
  const of = (predictions: readonly Prediction[], system: string) => predictions.filter((row) => row.system === system);
  for (const { opened, items, predictions } of parts) {
    const { task } = opened;
    scores.push(...scorePredictions({ task, items, predictions, runSeed }));
    for (const [system, against] of comparisons)
      differences.push(
        ...comparePredictions({ task, items, system: of(predictions, system), against: of(predictions, against), runSeed }),
      );
  }
  if (parts.length > 1) {
    const taskParts = parts.map(({ opened, items, predictions }) => ({ task: opened.task, items, predictions }));
    scores.push(...macroAverage({ parts: taskParts, runSeed }));
    for (const [system, against] of comparisons)
      differences.push(...macroDifference({ parts: taskParts, runSeed, system, against }));
  }
  return { scores, differences };
}

function whatIsScored({ domain, split }: RunConfig, parts: readonly TaskPart[]): string {
  if (parts.length === 0) return `no task of ${domain} yet: nothing is scored`;
  const mini = parts.filter(({ opened }) => opened.origin === "mini").map(({ opened }) => opened.task.title);
  if (mini.length === 0) return `${split} items of the original files`;
  return `MINI SET, not the benchmark: ${mini.join(", ")}; npm run selfspec -- data pull fetches the originals`;
}

/** Whether the scores are there, and of the same data: benchmarks that were pulled since are scored anew. */
function isEvaluated(directory: RunDirectory, parts: readonly TaskPart[]): boolean {
  if (!existsSync(directory.scores())) return false;
  const { origins } = evaluationSchema.parse(readJson(directory.scores()));
  return parts.every(({ opened }) => origins[opened.task.id]?.origin === opened.origin);
}

export async function evaluateSystems(walk: Walk): Promise<void> {
  const { config, directory, onProgress } = walk;
  const parts = openTasks(config);
  if (isEvaluated(directory, parts)) return;
  const notices = parts.flatMap(({ opened }) => opened.notice ?? []);
  startStage("benchmarks", onProgress).finish(whatIsScored(config, parts));
  if (parts.length > 0) await askAll(walk, parts);
  const evaluation: Evaluation = {
    ...judge(parts, config),
    origins: Object.fromEntries(
      parts.map(({ opened }) => [
        opened.task.id,
        { origin: opened.origin, title: opened.task.title, mainMetric: opened.task.metrics[0] },
      ]),
    ),
    notices,
  };
  writeJson(directory.scores(), evaluation);
}
