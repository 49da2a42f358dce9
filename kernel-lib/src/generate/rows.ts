// What the model writes: new instructions with inputs, then the responses to them.
import { z } from "zod";
import { usageSchema } from "../endpoint/index.js";

export const instructionSchema = z.strictObject({
  id: z.string(),
  instruction: z.string(),
  input: z.string(),
  /** SHA-256 of the rendered prompt. */
  promptHash: z.string(),
  /** The seeds shown as demonstrations, in order. */
  demoIds: z.array(z.string()),
  /** Which attempt wrote this row, from 0. */
  sample: z.number().int(),
  /** The most similar seed or earlier row by ROUGE-L F1 (0–1), so that another threshold can be tried without a call. */
  novelty: z.strictObject({ nearestId: z.string().nullable(), score: z.number() }),
  model: z.string(),
  usage: usageSchema,
});
export type Instruction = z.infer<typeof instructionSchema>;

export const responseSchema = z.strictObject({
  instructionId: z.string(),
  output: z.string(),
  demoIds: z.array(z.string()),
  passages: z.array(z.strictObject({ id: z.string(), rank: z.number().int(), score: z.number() })).optional(),
  promptHash: z.string(),
  model: z.string(),
  usage: usageSchema,
});
export type Response = z.infer<typeof responseSchema>;

/** One answer of the model as it came, before any parsing; parsing can be replayed from these without a call. */
export const rawCompletionSchema = z.strictObject({
  /** The attempt (instructions) or the instruction id (responses) this text answers. */
  key: z.string(),
  text: z.string(),
  /** "stop" or "length"; "refused" where the endpoint declined this one request, and `text` is its reason. */
  finishReason: z.enum(["stop", "length", "refused"]),
  demoIds: z.array(z.string()),
  passages: z.array(z.strictObject({ id: z.string(), rank: z.number().int(), score: z.number() })).optional(),
  promptHash: z.string(),
  model: z.string(),
  usage: usageSchema,
});
export type RawCompletion = z.infer<typeof rawCompletionSchema>;
