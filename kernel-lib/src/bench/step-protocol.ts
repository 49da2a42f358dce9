// What the bench and a training child say to each other, a JSON line each. The first line a child gets is its request, every later one
// asks for steps; it answers `ready` once, then `step` for each, then `done`. kernel-lib/bench/peft-steps.py speaks the same.
import { z } from "zod";
import { precisions } from "../lora/index.js";

/** One sequence: tokens + 1 ids, of which those from `promptTokens` on are targets. */
const rowSchema = z.strictObject({ id: z.string(), ids: z.array(z.number().int()), promptTokens: z.number().int().positive() });

export const stepRequestSchema = z.strictObject({
  /** Of our side the GGUF file, of PEFT's the Hugging Face folder with the same weights. */
  model: z.string(),
  backend: z.string(),
  precision: z.enum(precisions),
  residency: z.enum(["resident", "quantised"]),
  recompute: z.boolean(),
  rank: z.number().int().positive(),
  alpha: z.number().positive(),
  learningRate: z.number().positive(),
  threads: z.number().int().positive(),
  rows: z.array(rowSchema).min(1),
});
export type StepRequest = z.infer<typeof stepRequestSchema>;

const readySchema = z.strictObject({
  /** Of the frozen base as it lies in memory. */
  weightBytes: z.number(),
  /** Trained numbers. */
  parameters: z.number(),
  /** Versions, or what the backend says of itself. */
  note: z.string(),
});
export type Ready = z.infer<typeof readySchema>;

const stepSchema = z.strictObject({ seconds: z.number(), loss: z.number() });
export type MeasuredStep = z.infer<typeof stepSchema>;

export const answerSchema = z.union([
  z.strictObject({ ready: readySchema }),
  z.strictObject({ step: stepSchema }),
  z.strictObject({ done: z.literal(true) }),
  z.strictObject({ error: z.string(), exitCode: z.number() }),
]);
export type Answer = z.infer<typeof answerSchema>;

export const askSchema = z.strictObject({ steps: z.number().int().positive() });
