// The loop over optimiser steps: from the directory's checkpoint to the last step, with evaluations, checkpoints, the early stop and the
// stop of a training that has run away. What it does next depends on the seed, the step and the records alone, so that a resumed
// training is the uninterrupted one.
import { clock, type OnProgress, startStage, throwIfStopped } from "../../runtime/index.js";
import type { Adapter } from "../adapters/adapter.js";
import { initialAdamWState } from "../backends/adamw.js";
import type { Model } from "../transformer/transformer.js";
import type { TokenRow } from "./batches.js";
import { loadBest, loadCheckpoint, saveBest, saveCheckpoint } from "./checkpoint.js";
import { describeStep } from "./describe-step.js";
import { refuseDivergence } from "./divergence.js";
import { bestEvaluation, evaluationDue, outOfPatience, type TrainingEvaluation } from "./evaluation.js";
import { openRecords } from "./log-writer.js";
import { optimiserStep, type StepResult } from "./optimiser-step.js";
import { rowsOfStep, stepsPerEpoch } from "./row-order.js";
import { learningRateAt, type TrainOptions } from "./train-options.js";
import type { TrainingStep } from "./training-log.js";
import { validationLoss } from "./validation-loss.js";

export interface LoopOptions {
  directory: string;
  stage: string;
  model: Model;
  /** Changed in place. */
  adapter: Adapter;
  rows: readonly TokenRow[];
  validationRows: readonly TokenRow[];
  options: TrainOptions;
  steps: number;
  signal: AbortSignal | undefined;
  onProgress: OnProgress | undefined;
  /** Called after each evaluation with the adapter as it then is. */
  onEvaluation: ((evaluation: TrainingEvaluation) => Promise<void>) | undefined;
}

export interface LoopResult {
  steps: readonly TrainingStep[];
  evaluations: readonly TrainingEvaluation[];
  /** The step whose parameters the adapter now has. */
  keptStep: number;
  stoppedEarly: boolean;
}

/** Runs the steps that the directory's checkpoint lacks. Throws RunError where the loss is not finite or runs away. */
export async function runSteps(loop: LoopOptions): Promise<LoopResult> {
  const { directory, signal, onProgress, stage, model, adapter, rows, validationRows, options, steps } = loop;
  const { parameters } = adapter;
  const checkpoint = loadCheckpoint(directory, parameters.length);
  const state = checkpoint ?? initialAdamWState(parameters.length);
  if (checkpoint) parameters.set(checkpoint.parameters);
  const resumed = checkpoint?.step ?? 0;
  const records = openRecords(directory, resumed);
  const watch = startStage(stage, onProgress, resumed);
  const perEpoch = stepsPerEpoch(rows.length, options.batchSize);
  const epochOf = (step: number): number => Number((step / perEpoch).toFixed(3));
  const secondsSince = (began: number): number => Number(((clock.elapsed() - began) / 1000).toFixed(4));
  let saved = { step: resumed, at: clock.elapsed() };
  const save = (step: number): void => {
    if (step > saved.step) saveCheckpoint(directory, { ...state, parameters, step });
    saved = { step, at: clock.elapsed() };
  };
  /** Gives signals and timers their turn; a stopped training keeps the steps it has taken. */
  const pauseAfter = (step: number) => async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    if (signal?.aborted) save(step);
    throwIfStopped(signal, stage);
  };
  const evaluate = async (step: number): Promise<void> => {
    const began = clock.elapsed();
    const pause = pauseAfter(step);
    const loss =
      validationRows.length === 0 ? null : await validationLoss({ model, adapter, rows: validationRows, options, pause });
    const lowest = bestEvaluation(records.evaluations)?.loss ?? Number.POSITIVE_INFINITY;
    const evaluation = { step, epoch: epochOf(step), loss, best: loss !== null && loss < lowest, seconds: secondsSince(began) };
    if (evaluation.best) saveBest(directory, parameters, step);
    await loop.onEvaluation?.(evaluation);
    records.addEvaluation(evaluation);
    save(step); // the records and the best adapter belong to a step that a kill cannot take back
    const message = describeStep(records.steps.at(-1)!, records.evaluations);
    if (loss !== null) watch.update({ done: step, total: steps, unit: "steps", message, point: { step, validationLoss: loss } });
  };
  const record = (step: number, learningRate: number, began: number, result: StepResult): void => {
    const seconds = secondsSince(began);
    const tokensPerSecond = Math.round((result.tokens / (clock.elapsed() - began)) * 1000);
    const measured = { seconds, tokensPerSecond, residentBytes: process.memoryUsage.rss() };
    const row: TrainingStep = { step, epoch: epochOf(step), learningRate, ...result, ...measured };
    records.addStep(row);
    const { loss, gradientNorm, residentBytes } = row;
    watch.update({
      ...{ done: step, total: steps, unit: "steps", message: describeStep(row, records.evaluations) },
      point: { step, loss, learningRate, gradientNorm, tokensPerSecond, residentBytes },
    });
  };
  const schedule = { steps, stepsPerEpoch: perEpoch, evaluateSteps: options.evaluateSteps };
  const evaluates = validationRows.length > 0 || loop.onEvaluation !== undefined;
  let stoppedEarly = false;
  try {
    for (let step = resumed; ; step++) {
      const evaluated = records.evaluations.at(-1)?.step === step;
      if (evaluates && !evaluated && evaluationDue(step, schedule)) await evaluate(step);
      stoppedEarly = step < steps && outOfPatience(records.evaluations, options.patience);
      if (step === steps || stoppedEarly) break;
      const began = clock.elapsed();
      const learningRate = learningRateAt(step, steps, options);
      const batch = rowsOfStep(rows, step, options);
      const pause = pauseAfter(step);
      const result = await optimiserStep({ model, adapter, state, rows: batch, options, step, learningRate, pause });
      record(step + 1, learningRate, began, result);
      refuseDivergence(records.steps, options.divergence, batch);
      const waited = clock.elapsed() - saved.at >= options.checkpointSeconds * 1000;
      if (waited || step + 1 - saved.step >= options.checkpointSteps) save(step + 1);
    }
  } finally {
    records.close();
  }
  const last = records.steps.at(-1)!;
  const best = bestEvaluation(records.evaluations);
  if (best && options.keep === "best") parameters.set(loadBest(directory, parameters.length));
  watch.finish(
    [
      `loss ${records.steps[0]!.loss.toFixed(3)} → ${last.loss.toFixed(3)}`,
      ...(best ? [`validation ${best.loss!.toFixed(3)} at step ${best.step}`] : []),
      ...(stoppedEarly ? [`stopped early after ${last.step} of ${steps} steps`] : []),
    ].join(" · "),
  );
  return {
    ...{ steps: records.steps, evaluations: records.evaluations, stoppedEarly },
    keptStep: best && options.keep === "best" ? best.step : last.step,
  };
}
