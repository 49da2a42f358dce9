// What an evaluation leaves behind: a prediction per item and a score per task, system, metric and k.
import { z } from "zod";
import { usageSchema } from "../endpoint/index.js";

export const predictionSchema = z.strictObject({
  taskId: z.string(),
  itemId: z.string(),
  /** The system that answered: "trivial", "base", "seeds-only", "self-specialised". */
  system: z.string(),
  /** The model's name at the endpoint; an answer of another model is never taken for this one's when an evaluation continues. */
  model: z.string(),
  /** Demonstrations in the prompt. */
  k: z.number().int(),
  /** Which draw of demonstrations, from 0. */
  draw: z.number().int(),
  promptHash: z.string(),
  /** The model's text, untouched. */
  raw: z.string(),
  /** The answer taken from `raw` only where it has exactly the asked format; null is a format failure. */
  strict: z.string().nullable(),
  /** The best reading of `raw`; null where none could be made. */
  lenient: z.string().nullable(),
  latencyMs: z.number(),
  usage: usageSchema,
});
export type Prediction = z.infer<typeof predictionSchema>;

export const scoreSchema = z.strictObject({
  taskId: z.string(),
  system: z.string(),
  metric: z.string(),
  k: z.number().int(),
  /** In percent, 0–100. */
  value: z.number(),
  /** 95 % bootstrap interval over items, same unit. */
  ci: z.tuple([z.number(), z.number()]),
  n: z.number().int(),
  /** Share of items without an answer in the asked format, 0–1. */
  formatFailures: z.number(),
});
export type Score = z.infer<typeof scoreSchema>;

/** A paired comparison of two systems on the same items. */
export const differenceSchema = z.strictObject({
  taskId: z.string(),
  metric: z.string(),
  k: z.number().int(),
  system: z.string(),
  against: z.string(),
  /** system − against, in percentage points. */
  value: z.number(),
  ci: z.tuple([z.number(), z.number()]),
  n: z.number().int(),
  /** The 95 % interval does not hold 0. */
  significant: z.boolean(),
});
export type Difference = z.infer<typeof differenceSchema>;
