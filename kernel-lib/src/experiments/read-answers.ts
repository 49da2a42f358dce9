// Reads back what the systems of an evaluation have answered so far.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import {
  describeTruncations,
  type Likelihood,
  likelihoodSchema,
  type Prediction,
  predictionSchema,
  readAnswers,
  truncationsOf,
} from "../evaluate/index.js";
import { readJsonl } from "../runtime/index.js";
import type { RunConfig } from "./config.js";
import { answeringSystems } from "./evaluated-systems.js";
import type { AnsweredPart, EvaluationPart } from "./evaluation-parts.js";
import type { RunDirectory } from "./run-directory.js";
import { taskNotices } from "./task-notices.js";

/**
 * The rows of one system's file, the last one of each question: a file that is still written holds the error of a question before the answer
 * that it got when it was asked again. None where there is no file.
 */
export function readSystemRows<T extends Prediction | Likelihood>(path: string, schema: z.ZodType<T>): T[] {
  const rows = existsSync(path) ? readJsonl(path, schema) : [];
  return [...new Map(rows.map((row) => [JSON.stringify([row.itemId, row.k, row.draw]), row])).values()];
}

/** The demonstrations that did not fit, by what the rows hold. */
function whatWasCut(config: RunConfig, { opened, items }: EvaluationPart, system: string, rows: readonly Prediction[]): string {
  const { contextTokens } = config.evaluation.endpoints.find(({ name }) => name === system) ?? config.endpoint;
  const { demonstrations } = opened.items;
  return describeTruncations({ truncations: truncationsOf({ task: opened.task, items, demonstrations, rows }), contextTokens });
}

/** A task's answers on disk, with the likelihoods that are complete; undefined where an answer of a system is missing yet. */
export function readPart(config: RunConfig, directory: RunDirectory, part: EvaluationPart): AnsweredPart | undefined {
  const { task } = part.opened;
  const { shots, draws } = config.budget;
  const ids = new Set(part.items.map(({ id }) => id));
  const rowsOf = <T extends Prediction | Likelihood>(
    name: string,
    schema: z.ZodType<T>,
    drawsOf: (k: number) => number,
  ): T[] | undefined => {
    const rows = readSystemRows(join(directory.evaluation(), name), schema).filter(
      ({ itemId, k }) => ids.has(itemId) && shots.includes(k),
    );
    return rows.length < ids.size * shots.reduce((sum, k) => sum + drawsOf(k), 0) ? undefined : rows;
  };
  const drawsOf = (k: number): number => (k === 0 ? 1 : draws);
  const answered: AnsweredPart = { ...part, predictions: [], likelihoods: [], notices: [] };
  const notices = taskNotices(task);
  for (const system of answeringSystems(config)) {
    const rows = rowsOf(join(system, `${task.id}.jsonl`), predictionSchema, system === "trivial" ? () => 1 : drawsOf);
    if (rows === undefined) return undefined;
    answered.predictions.push(...readAnswers({ predictions: rows, task, items: part.items }));
    const errors = rows.filter(({ error }) => error !== undefined).length;
    if (errors > 0) notices.tell(`${errors} questions without an answer`, system);
    if (system !== "trivial") notices.tell(whatWasCut(config, part, system, rows), system);
    answered.likelihoods.push(...(rowsOf(join(system, `${task.id}.likelihood.jsonl`), likelihoodSchema, drawsOf) ?? []));
  }
  return { ...answered, notices: notices.lines() };
}
