// What a training can be told, with the defaults of Self-MoE's LoRA (Kang et al. 2024, appendix A) where it states one.
import { z } from "zod";
import { InputError } from "../../runtime/index.js";
import { type LinearName, linearNames } from "../transformer/linears.js";

const whole = z.number().int().positive();

export const trainOptionsSchema = z.strictObject({
  rank: whole.default(8),
  alpha: z.number().positive().default(16),
  /** Linear maps by name, or every one of the layers. */
  targets: z
    .union([z.literal("all-linear"), z.array(z.enum(linearNames as [LinearName, ...LinearName[]])).min(1)])
    .default("all-linear"),
  learningRate: z.number().positive().default(3e-4),
  /** Rows an optimiser step. */
  batchSize: whole.default(32),
  epochs: z.number().positive().default(3),
  /** Ends after this many optimiser steps; null: after `epochs`. */
  steps: whole.nullable().default(null),
  /** After the warm-up the rate falls to 0 linearly or as a half cosine, or stays. */
  schedule: z.enum(["linear", "cosine", "constant"]).default("linear"),
  /** Part of all steps in which the rate rises linearly. */
  warmup: z.number().min(0).max(1).default(0.03),
  weightDecay: z.number().min(0).default(0),
  /** Largest norm of the gradient; larger ones are scaled down to it. */
  clip: z.number().positive().default(1),
  /** Rows longer than this (prompt, completion and end token) are left out and counted: a prompt is never cut. */
  maxTokens: whole.default(512),
  /** Padded tokens that are computed at once; a batch is split into parts of about this size, rows of like length together. */
  partTokens: whole.default(1024),
  /** Activations may take this much; above it layers are computed twice. null: half of the free memory. */
  memoryBytes: whole.nullable().default(null),
  precision: z.enum(["auto", "float32", "bfloat16"]).default("auto"),
  checkpointSteps: whole.default(50),
  checkpointSeconds: z.number().positive().default(60),
  seed: z.number().int().default(0),
});

export type TrainOptions = z.infer<typeof trainOptionsSchema>;

/** @throws InputError naming the option that is unknown or out of range. */
export function parseTrainOptions(options: z.input<typeof trainOptionsSchema>): TrainOptions {
  const parsed = trainOptionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new InputError({
    got: `training option ${issue.path.join(".")}: ${issue.message}`,
    allowed: Object.keys(trainOptionsSchema.shape).join(", "),
  });
}

/** The learning rate of optimiser step `step` of `steps`, from 0. */
export function learningRateAt(step: number, steps: number, { learningRate, schedule, warmup }: TrainOptions): number {
  const rising = Math.round(steps * warmup);
  if (step < rising) return (learningRate * (step + 1)) / rising;
  const progress = (step - rising) / Math.max(1, steps - rising);
  if (schedule === "constant") return learningRate;
  return learningRate * (schedule === "linear" ? 1 - progress : (1 + Math.cos(Math.PI * progress)) / 2);
}
