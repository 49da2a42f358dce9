// What the model writes: new instructions with inputs, then the responses to them.
import { z } from "zod";
import { usageSchema } from "../endpoint/index.js";

export const instructionSchema = z.strictObject({
  id: z.string(),
  instruction: z.string(),
  input: z.string(),
  /** What the input was written around, where the prompt asked for the answer first: the response, unless it is asked for again. */
  answer: z.string().optional(),
  /** SHA-256 of the rendered prompt. */
  promptHash: z.string(),
  /** The prompt file, by name. */
  prompt: z.string().optional(),
  /** The sub-domain that the prompt named; absent where it named none. */
  subDomain: z.string().optional(),
  /** The seeds shown as demonstrations, and earlier rows where the preset shows some, in order. */
  demoIds: z.array(z.string()),
  /** Which attempt wrote this row, from 0. */
  sample: z.number().int(),
  /** The most similar seed or earlier row by ROUGE-L F1 (0–1), so that another threshold can be tried without a call. */
  novelty: z.strictObject({ nearestId: z.string().nullable(), score: z.number() }),
  model: z.string(),
  usage: usageSchema,
});
export type Instruction = z.infer<typeof instructionSchema>;

/** A passage that the prompt showed; its text stays in the corpus. */
const shownPassageSchema = z.strictObject({ id: z.string(), rank: z.number().int(), score: z.number() });

/** The log-probability of each label of a closed set as the answer's first token, in the order of the set. */
const labelScoresSchema = z.array(
  z.strictObject({
    label: z.string(),
    logprob: z.number(),
    /** The same after a prompt whose input says nothing; absent where it was not asked for. */
    contentFree: z.number().optional(),
  }),
);
export type LabelScores = z.infer<typeof labelScoresSchema>;

export const responseSchema = z.strictObject({
  instructionId: z.string(),
  output: z.string(),
  /** Answers that were asked for, and which of them this is, from 0; absent where there was one. */
  samples: z.number().int().optional(),
  sample: z.number().int().optional(),
  /**
   * How far the other samples say the same, 0–1; of a scored label its probability among the labels. Absent where there is one
   * sample.
   */
  agreement: z.number().optional(),
  /** Mean log-probability of the answer's tokens, natural logarithm; absent where the endpoint was not asked. */
  meanLogprob: z.number().optional(),
  labelScores: labelScoresSchema.optional(),
  /** What was changed in the text as the model wrote it. */
  repairs: z.array(z.enum(["label-spelling", "dropped-parts", "ended-loop"])).optional(),
  /**
   * The share of the answer's content words that the shown passages hold and the task does not, 0–1; absent without them, and for
   * labels.
   */
  passageUse: z.number().optional(),
  demoIds: z.array(z.string()),
  passages: z.array(shownPassageSchema).optional(),
  promptHash: z.string(),
  model: z.string(),
  /** Of all calls that this answer took. */
  usage: usageSchema,
});
export type Response = z.infer<typeof responseSchema>;

/** One answer of the model as it came, before any parsing; parsing can be replayed from these without a call. */
export const rawCompletionSchema = z.strictObject({
  /**
   * The attempt (instructions) or the instruction id (responses; of a further sample with its number: "task-0001#2") this text
   * answers.
   */
  key: z.string(),
  text: z.string(),
  /** "stop" or "length"; "refused" where this one request failed, and `text` is the reason. */
  finishReason: z.enum(["stop", "length", "refused"]),
  demoIds: z.array(z.string()),
  passages: z.array(shownPassageSchema).optional(),
  /** See {@link responseSchema}; of the text before any repair. */
  passageUse: z.number().optional(),
  meanLogprob: z.number().optional(),
  /** See {@link instructionSchema}. */
  prompt: z.string().optional(),
  subDomain: z.string().optional(),
  /** Where a label was scored instead of an answer written. */
  labelScores: labelScoresSchema.optional(),
  promptHash: z.string(),
  model: z.string(),
  usage: usageSchema,
});
export type RawCompletion = z.infer<typeof rawCompletionSchema>;
