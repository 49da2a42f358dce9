// The record of a training: one row an optimiser step in `log.jsonl`, and the result once it is finished.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readJson, readJsonl } from "../../runtime/index.js";
import { precisions } from "../backends/ops.js";
import { memoryPlanSchema } from "./memory-plan.js";

export const trainingStepSchema = z.strictObject({
  /** Optimiser steps, from 1. */
  step: z.number().int().positive(),
  /** Passes over the rows, finished after this step. */
  epoch: z.number(),
  /** Mean negative log-likelihood of the step's completion tokens, before its update, in nats. */
  loss: z.number(),
  learningRate: z.number(),
  /** Norm of the gradient before clipping. */
  gradientNorm: z.number(),
  /** Tokens of the step's rows without padding, and those of them that are trained. */
  tokens: z.number().int(),
  targetTokens: z.number().int(),
  /** Part of the computed positions that held no token. */
  paddingShare: z.number(),
  /** Wall seconds of the step, and the tokens it made of them. */
  seconds: z.number(),
  tokensPerSecond: z.number(),
  /** Memory of the whole process after the step. */
  residentBytes: z.number().int(),
});

export type TrainingStep = z.infer<typeof trainingStepSchema>;

export const trainResultSchema = z.strictObject({
  steps: z.number().int(),
  epochs: z.number(),
  /** Rows trained on. */
  rows: z.number().int(),
  /** Rows left out because they are longer than `maxTokens`. */
  dropped: z.array(z.strictObject({ id: z.string(), tokens: z.number().int() })),
  /** Trained adapter parameters. */
  parameters: z.number().int(),
  /** Mean loss of the first and of the last step, nats a token. */
  firstLoss: z.number(),
  lastLoss: z.number(),
  /** Tokens computed over all steps, without padding, and those of them that were trained. */
  tokens: z.number().int(),
  targetTokens: z.number().int(),
  /** Wall seconds of the steps. */
  seconds: z.number(),
  tokensPerSecond: z.number(),
  /** The largest that any step logged. */
  residentBytes: z.number().int(),
  /** Where rows were kept for validation: how many, their losses, and the step whose adapter was written. */
  validation: z
    .strictObject({
      rows: z.number().int(),
      bestStep: z.number().int(),
      bestLoss: z.number(),
      lastLoss: z.number(),
      keptStep: z.number().int(),
      stoppedEarly: z.boolean(),
    })
    .nullable(),
  backend: z.string(),
  precision: z.enum(precisions),
  /** What was planned before the first step. */
  memory: memoryPlanSchema,
});

/** What `result.json` holds, and where the adapter lies. */
export interface TrainResult extends z.infer<typeof trainResultSchema> {
  /** Folder of the PEFT adapter. */
  adapter: string;
  /** The same adapter for llama.cpp. */
  adapterGguf: string;
}

export const adapterPaths = (directory: string): Pick<TrainResult, "adapter" | "adapterGguf"> => ({
  adapter: join(directory, "adapter"),
  adapterGguf: join(directory, "adapter.gguf"),
});

export const logPath = (directory: string): string => join(directory, "log.jsonl");
export const resultPath = (directory: string): string => join(directory, "result.json");

/** The steps logged so far in a training's directory; none where it has not begun. */
export const readTrainingLog = (directory: string): TrainingStep[] =>
  existsSync(logPath(directory)) ? readJsonl(logPath(directory), trainingStepSchema, "training step") : [];

/** The result of a finished training; undefined where it is not finished. */
export const readTrainResult = (directory: string): TrainResult | undefined =>
  existsSync(resultPath(directory))
    ? { ...trainResultSchema.parse(readJson(resultPath(directory))), ...adapterPaths(directory) }
    : undefined;
