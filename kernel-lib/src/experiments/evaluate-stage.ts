// Stage "evaluate": every system on the same items with the same prompts: the trivial answer, the base and each LoRA of the run. What is
// claimed is the paired difference.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import {
  comparePredictions,
  type Difference,
  differenceSchema,
  macroAverage,
  macroDifference,
  type Prediction,
  predictionSchema,
  type Score,
  scorePredictions,
  scoreSchema,
} from "../evaluate/index.js";
import { InputError, readJson, readJsonl, startStage, writeJson } from "../runtime/index.js";
import { askTask } from "./ask-systems.js";
import type { RunConfig } from "./config.js";
import { askedSystems, comparisonsOf } from "./evaluated-systems.js";
import { type AnsweredPart, type EvaluationPart, openParts, whatIsScored } from "./evaluation-parts.js";
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

/** Scores every system and every comparison from predictions alone. */
function judge(parts: readonly AnsweredPart[], config: RunConfig): Pick<Evaluation, "scores" | "differences"> {
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

/** Whether the scores are there, and of the same data: benchmarks that were pulled since are scored anew. */
function isEvaluated(directory: RunDirectory, parts: readonly EvaluationPart[]): boolean {
  if (!existsSync(directory.scores())) return false;
  const { origins } = evaluationSchema.parse(readJson(directory.scores()));
  return parts.every(({ opened }) => origins[opened.task.id]?.origin === opened.origin);
}

function writeEvaluation(config: RunConfig, directory: RunDirectory, parts: readonly AnsweredPart[]): void {
  const evaluation: Evaluation = {
    ...judge(parts, config),
    origins: Object.fromEntries(
      parts.map(({ opened }) => [
        opened.task.id,
        { origin: opened.origin, title: opened.task.title, mainMetric: opened.task.metrics[0] },
      ]),
    ),
    notices: parts.flatMap(({ opened }) => opened.notice ?? []),
  };
  writeJson(directory.scores(), evaluation);
}

export async function evaluateSystems(walk: Walk): Promise<void> {
  const { config, directory, onProgress } = walk;
  const parts = openParts(config);
  if (isEvaluated(directory, parts)) return;
  startStage("benchmarks", onProgress).finish(whatIsScored(config, parts));
  const answered: AnsweredPart[] = [];
  for (const part of parts) answered.push({ ...part, predictions: await askTask(walk, part) });
  writeEvaluation(config, directory, answered);
}

/** A task's answers on disk; undefined where one is missing yet. */
function readPart(config: RunConfig, directory: RunDirectory, part: EvaluationPart): AnsweredPart | undefined {
  const { task } = part.opened;
  const { shots, draws } = config.budget;
  const ids = new Set(part.items.map(({ id }) => id));
  const predictions: Prediction[] = [];
  for (const system of ["trivial", ...askedSystems(config).map((asked) => asked.system)]) {
    const path = join(directory.evaluation(), system, `${task.id}.jsonl`);
    const rows = existsSync(path) ? readJsonl(path, predictionSchema).filter(({ itemId }) => ids.has(itemId)) : [];
    const cells = new Set(rows.map(({ itemId, k, draw }) => JSON.stringify([itemId, k, draw])));
    const drawsOf = (k: number): number => (k === 0 || system === "trivial" ? 1 : draws);
    if (cells.size < ids.size * shots.reduce((sum, k) => sum + drawsOf(k), 0)) return undefined;
    predictions.push(...rows);
  }
  return { ...part, predictions };
}

/**
 * Scores the tasks that are answered by every system already, without asking anything; returns their ids and those that are not complete.
 * @throws InputError where none is.
 */
export function scoreFinishedTasks(config: RunConfig, directory: RunDirectory): { scored: string[]; open: string[] } {
  const parts = openParts(config);
  const answered = parts.flatMap((part) => readPart(config, directory, part) ?? []);
  const scored = answered.map(({ opened }) => opened.task.id);
  if (scored.length === 0)
    throw new InputError({
      got: `${directory.path} has no task that every system has answered`,
      todo: "let the evaluation go on",
    });
  writeEvaluation(config, directory, answered);
  return { scored, open: config.tasks.filter((id) => !scored.includes(id)) };
}
