// Stage "evaluate": every system on the same items with the same prompts: the trivial answer, the base and each LoRA of the run. What is
// claimed is the paired difference.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { differenceSchema, judgeTable, scoreSchema } from "../evaluate/index.js";
import { InputError, readJson, startStage, writeJson } from "../runtime/index.js";
import { askTask } from "./ask-systems.js";
import type { RunConfig } from "./config.js";
import { cleanForAll } from "./contamination-gate.js";
import { recheckContamination } from "./contamination-recheck.js";
import { comparisonsOf } from "./evaluated-systems.js";
import { type AnsweredPart, type EvaluationPart, openParts, whatIsScored } from "./evaluation-parts.js";
import { openRetrieval } from "./evaluation-retrieval.js";
import { readPart } from "./read-answers.js";
import type { RunDirectory } from "./run-directory.js";
import { checkTemplates } from "./template-gate.js";
import type { Walk } from "./walk.js";

/** A benchmark file by what is in it. */
export const sourceFileSchema = z.strictObject({ name: z.string(), sha256: z.string(), bytes: z.number().int() });

export const evaluationSchema = z.strictObject({
  scores: z.array(scoreSchema),
  differences: z.array(differenceSchema),
  /** By task id. */
  origins: z.record(
    z.string(),
    z.strictObject({
      origin: z.enum(["original", "mini"]),
      title: z.string(),
      mainMetric: z.string(),
      /** The task's version; 1 in evaluations from before tasks had one. */
      version: z.number().int().default(1),
      /** What the task was read from; none in evaluations from before files were named. */
      files: z.array(sourceFileSchema).default([]),
    }),
  ),
  /** What a reader of the scores has to know: mini sets, questions without an answer, demonstrations that were dropped. */
  notices: z.array(z.string()),
});
export type Evaluation = z.infer<typeof evaluationSchema>;

/** Whether the scores are there, and of the same data: benchmarks that were pulled or changed since are scored anew. */
function isEvaluated(directory: RunDirectory, parts: readonly EvaluationPart[]): boolean {
  if (!existsSync(directory.scores())) return false;
  const { origins } = evaluationSchema.parse(readJson(directory.scores()));
  return parts.every(({ opened: { task, origin, files } }) => {
    const scored = origins[task.id];
    const sameFiles = scored?.files.length === 0 || isDeepStrictEqual(scored?.files, files);
    return scored?.origin === origin && scored.version === task.version && sameFiles;
  });
}

/** Scores every system and every comparison from what is on disk alone. */
function writeEvaluation(
  config: RunConfig,
  directory: RunDirectory,
  parts: readonly AnsweredPart[],
  notices: readonly string[] = [],
): void {
  const judged = judgeTable({
    parts: parts.map(({ opened: { task }, items, predictions, likelihoods }) => {
      const clean = cleanForAll(directory, config.systems, task.id);
      return { task, items, predictions, likelihoods, ...(clean && { clean }) };
    }),
    comparisons: comparisonsOf(config),
    runSeed: config.runSeed,
  });
  const evaluation: Evaluation = {
    ...judged,
    origins: Object.fromEntries(
      parts.map(({ opened: { task, origin, files } }) => [
        task.id,
        { origin, title: task.title, mainMetric: task.metrics[0], version: task.version, files },
      ]),
    ),
    notices: [...notices, ...parts.flatMap(({ opened, notices: told }) => [...(opened.notice ? [opened.notice] : []), ...told])],
  };
  writeJson(directory.scores(), evaluationSchema.parse(evaluation));
}

export async function evaluateSystems(walk: Walk): Promise<void> {
  const { config, directory, onProgress } = walk;
  const parts = openParts(config);
  if (isEvaluated(directory, parts)) return;
  startStage("benchmarks", onProgress).finish(whatIsScored(config, parts));
  const notices = [...(await recheckContamination(walk)), ...(await checkTemplates(walk, parts))];
  const retrieval = openRetrieval(config);
  const answered: AnsweredPart[] = [];
  try {
    for (const part of parts) answered.push(await askTask(walk, part, retrieval));
  } finally {
    retrieval.close();
  }
  const watch = startStage("scores", onProgress);
  writeEvaluation(config, directory, answered, notices);
  watch.finish(`${answered.length} tasks`);
}

/**
 * Scores the tasks that are answered by every system already, without asking anything; returns their ids and those that are not complete.
 * @throws InputError where none is, and for a published copy.
 */
export function scoreFinishedTasks(config: RunConfig, directory: RunDirectory): { scored: string[]; open: string[] } {
  const published = join(directory.path, "predictions.jsonl.gz");
  if (existsSync(published))
    throw new InputError({
      got: `${directory.path} is a published copy, whose report is in its folder report`,
      allowed: "the folder of a run or of an evaluation",
      todo: `score or compare ${published}, or open the folder in the notebook on benchmarks`,
    });
  const answered = openParts(config).flatMap((part) => readPart(config, directory, part) ?? []);
  const scored = answered.map(({ opened }) => opened.task.id);
  if (scored.length === 0)
    throw new InputError({
      got: `${directory.path} has no task that every system has answered`,
      todo: "let the evaluation go on",
    });
  writeEvaluation(config, directory, answered);
  return { scored, open: config.tasks.filter((id) => !scored.includes(id)) };
}
