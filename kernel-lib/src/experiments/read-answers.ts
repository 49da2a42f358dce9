// Reads back what the systems of an evaluation have answered so far.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { likelihoodSchema, type Prediction, predictionSchema, readAnswers } from "../evaluate/index.js";
import { readJsonl } from "../runtime/index.js";
import type { RunConfig } from "./config.js";
import { askedSystems } from "./evaluated-systems.js";
import type { AnsweredPart, EvaluationPart } from "./evaluation-parts.js";
import type { RunDirectory } from "./run-directory.js";

/** A task's answers on disk, with the likelihoods that are complete; undefined where an answer of a system is missing yet. */
export function readPart(config: RunConfig, directory: RunDirectory, part: EvaluationPart): AnsweredPart | undefined {
  const { task } = part.opened;
  const { shots, draws } = config.budget;
  const ids = new Set(part.items.map(({ id }) => id));
  const isAsked = ({ itemId, k }: Pick<Prediction, "itemId" | "k">): boolean => ids.has(itemId) && shots.includes(k);
  const rowsOf = <T extends Pick<Prediction, "itemId" | "k" | "draw">>(
    name: string,
    read: (path: string) => T[],
    drawsOf: (k: number) => number,
  ): T[] | undefined => {
    const path = join(directory.evaluation(), name);
    const rows = existsSync(path) ? read(path).filter(isAsked) : [];
    const cells = new Set(rows.map(({ itemId, k, draw }) => JSON.stringify([itemId, k, draw])));
    return cells.size < ids.size * shots.reduce((sum, k) => sum + drawsOf(k), 0) ? undefined : rows;
  };
  const drawsOf = (k: number): number => (k === 0 ? 1 : draws);
  const answered: AnsweredPart = { ...part, predictions: [], likelihoods: [], notices: [] };
  for (const system of ["trivial", ...askedSystems(config).map((asked) => asked.system)]) {
    const name = join(system, `${task.id}.jsonl`);
    const rows = rowsOf(name, (path) => readJsonl(path, predictionSchema), system === "trivial" ? () => 1 : drawsOf);
    if (rows === undefined) return undefined;
    answered.predictions.push(...readAnswers({ predictions: rows, task, items: part.items }));
    const errors = rows.filter(({ error }) => error !== undefined).length;
    if (errors > 0) answered.notices.push(`${task.title} (${system}): ${errors} questions without an answer`);
    const likelihoods = join(system, `${task.id}.likelihood.jsonl`);
    answered.likelihoods.push(...(rowsOf(likelihoods, (path) => readJsonl(path, likelihoodSchema), drawsOf) ?? []));
  }
  return answered;
}
