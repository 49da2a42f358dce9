// What a training can be told, with the defaults of Self-MoE's LoRA (Kang et al. 2024, appendix A) where it states one.
import { z } from "zod";
import { InputError } from "../../runtime/index.js";
import { precisions } from "../backends/ops.js";
import { residencies } from "./memory-plan.js";

const whole = z.number().int().positive();
const orNone = <T extends z.ZodType>(schema: T) => schema.nullable().default(null);

/** The descriptions are the help of the `train` command. */
export const trainOptionsSchema = z.strictObject({
  rank: whole.default(8).describe("rank of the update of every adapted map"),
  alpha: z.number().positive().default(16).describe("the update is scaled by alpha / rank"),
  rsLora: z.boolean().default(false).describe("scale by alpha / √rank instead (Kalajdzievski 2023)"),
  targets: z
    .union([z.string().min(1), z.array(z.string()).min(1)])
    .default("all-linear")
    .describe('linear maps by name, as a regular expression over names, or "all-linear"'),
  layers: z.array(z.number().int().min(0)).min(1).optional().describe("only these layers, from 0; default: all"),
  rankPattern: z
    .record(z.string(), whole)
    .optional()
    .describe('other ranks by name: {"layers.0.self_attn.q_proj": 4}, a regular expression matched at the end'),
  alphaPattern: z.record(z.string(), z.number().positive()).optional().describe("other alphas, likewise"),
  dropout: z.number().min(0).lt(1).default(0).describe("share of what the adapters read that is set to zero in each step"),
  loss: z.enum(["completion", "full"]).default("completion").describe("which tokens are trained: those after the prompt, or all"),
  learningRate: z.number().positive().default(3e-4).describe("the highest learning rate"),
  batchSize: whole.default(32).describe("rows an optimiser step"),
  epochs: z.number().positive().default(3).describe("passes over the rows"),
  steps: orNone(whole).describe("end after this many optimiser steps; null: after the epochs"),
  schedule: z
    .enum(["linear", "cosine", "constant"])
    .default("linear")
    .describe("after the warm-up the rate falls to 0 linearly or as a half cosine, or stays"),
  warmup: z.number().min(0).max(1).default(0.03).describe("part of all steps in which the rate rises linearly"),
  weightDecay: z.number().min(0).default(0).describe("AdamW's weight decay"),
  clip: z.number().positive().default(1).describe("largest norm of the gradient; larger ones are scaled down to it"),
  maxTokens: whole
    .default(512)
    .describe("rows longer than this (prompt, completion and end token) are left out and counted: a prompt is never cut"),
  partTokens: whole
    .default(1024)
    .describe("padded tokens that are computed at once; a batch is split into parts of about this size"),
  packing: z.boolean().default(true).describe("several rows may share a sequence, without seeing each other"),
  bucketing: z.boolean().default(false).describe("rows of like length share a step; the steps are shuffled"),
  validationShare: z.number().min(0).lt(1).default(0).describe("part of the rows that is kept from training and measured"),
  evaluateSteps: orNone(whole).describe("measure the validation rows every so many steps; null: at the end of each epoch"),
  patience: orNone(whole).describe("stop after this many measurements without a better one; null: never"),
  keep: z.enum(["best", "last"]).default("best").describe("which adapter is written where validation rows say which is best"),
  divergence: z
    .number()
    .gt(1)
    .nullable()
    .default(2)
    .describe("stop where the loss stays above this many times its running median and above the first loss; null: never"),
  memoryBytes: orNone(whole).describe(
    "activations may take this much; above it layers are computed twice. null: what the free memory leaves",
  ),
  residency: z
    .enum(residencies)
    .default("auto")
    .describe("frozen weights unpacked, or quantised: as the file has them, plain floats as NF4; auto: unpacked where that fits"),
  precision: z
    .enum(["auto", ...precisions])
    .default("auto")
    .describe("what matrix products are computed in"),
  checkpointSteps: whole.default(50).describe("steps between two checkpoints"),
  checkpointSeconds: z.number().positive().default(60).describe("seconds between two checkpoints, whichever comes first"),
  seed: z.number().int().default(0).describe("everything random derives from it"),
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
