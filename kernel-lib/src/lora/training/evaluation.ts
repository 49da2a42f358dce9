// When a training is measured on rows it does not learn, what is recorded of it, and what follows: the best adapter and the early stop
// (Prechelt 1998) are read off the records, so that a resumed training needs no other memory of them.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readJsonl } from "../../runtime/index.js";
import type { TrainOptions } from "./train-options.js";

export const evaluationSchema = z.strictObject({
  /** Optimiser steps that were taken before it. */
  step: z.number().int().positive(),
  epoch: z.number(),
  /** Mean negative log-likelihood of the validation rows' target tokens, without dropout, in nats; null without such rows. */
  loss: z.number().nullable(),
  /** Lower than every one before. */
  best: z.boolean(),
  /** Wall seconds it took. */
  seconds: z.number(),
});

export type TrainingEvaluation = z.infer<typeof evaluationSchema>;

export const evaluationsPath = (directory: string): string => join(directory, "evaluations.jsonl");

/** The evaluations so far in a training's directory; none where there were none. */
export const readEvaluations = (directory: string): TrainingEvaluation[] =>
  existsSync(evaluationsPath(directory)) ? readJsonl(evaluationsPath(directory), evaluationSchema, "evaluation") : [];

/** Whether a training is measured after `step` steps: every so many, or at the ends of epochs, and always after the last. */
export function evaluationDue(
  step: number,
  { steps, stepsPerEpoch, evaluateSteps }: Pick<TrainOptions, "evaluateSteps"> & { steps: number; stepsPerEpoch: number },
): boolean {
  return step > 0 && (step === steps || step % (evaluateSteps ?? stepsPerEpoch) === 0);
}

export const bestEvaluation = (evaluations: readonly TrainingEvaluation[]): TrainingEvaluation | undefined =>
  evaluations.findLast(({ best }) => best);

/** Whether the last `patience` measurements brought nothing better. */
export const outOfPatience = (evaluations: readonly TrainingEvaluation[], patience: number | null): boolean =>
  patience !== null && evaluations.length > patience && evaluations.slice(-patience).every(({ best }) => !best);
