// What an evaluation leaves behind: a prediction per item, the labels' likelihoods where a task has labels, and what is computed from them:
// a score per task, system, metric, k and reading, and paired differences.
import { z } from "zod";
import { usageSchema } from "../endpoint/index.js";

/** What names a question: enough to ask it again and to know that two systems were asked the same. */
const questionFields = {
  taskId: z.string(),
  /** The task's version: prompts, items or gold answers of another one are not these. */
  taskVersion: z.number().int().default(1),
  itemId: z.string(),
  /** The system that answered: "trivial", "base", "seeds-only", "self-specialised". */
  system: z.string(),
  /** The model's name at the endpoint; an answer of another model is never taken for this one's when an evaluation continues. */
  model: z.string(),
  /** Demonstrations in the prompt, as asked for. */
  k: z.number().int(),
  /** Which draw of demonstrations, from 0. */
  draw: z.number().int(),
  /** The demonstrations' item ids in the order of the prompt; fewer than k where the context was too small. */
  demoIds: z.array(z.string()).default([]),
  /** The passages in the prompt, best first, where the system retrieves. */
  passageIds: z.array(z.string()).default([]),
  /** The prompt's layout: see dataset/prompt-template.ts. */
  template: z.string().default("sections-1"),
  /** Derives the items, the demonstrations and the bootstrap. */
  runSeed: z.number().int().default(1),
  /** SHA-256 of the rendered prompt; empty where nobody was asked. */
  promptHash: z.string(),
};

/** Why an item has no answer: its request failed for good. It is counted, scored as wrong, and asked again when the evaluation continues. */
const errorField = z.string().optional();

export const predictionSchema = z.strictObject({
  ...questionFields,
  /** The model's text, untouched; empty where the request failed. */
  raw: z.string(),
  /** The version of the rules that read `strict` and `lenient` from `raw`. */
  extraction: z.number().int().default(1),
  /** The answer taken from `raw` only where it has exactly the asked format; null is a format failure. */
  strict: z.string().nullable(),
  /** The best reading of `raw`; null where none could be made. */
  lenient: z.string().nullable(),
  error: errorField,
  latencyMs: z.number(),
  usage: usageSchema,
});
export type Prediction = z.infer<typeof predictionSchema>;

/** How likely the model finds each label as the whole answer to a question. */
export const likelihoodSchema = z.strictObject({
  ...questionFields,
  /** In the order of the task's labels: the sum of the log-probabilities (nats) of the label's tokens after the prompt, and their number. */
  labels: z.array(z.strictObject({ label: z.string(), logprob: z.number(), tokens: z.number().int().positive() })),
  error: errorField,
  latencyMs: z.number(),
  usage: usageSchema,
});
export type Likelihood = z.infer<typeof likelihoodSchema>;

/**
 * What of an answer is scored.
 * - `lenient`: the best reading of the text
 * - `strict`: the text where it has exactly the asked format, else nothing
 * - `likelihood`: the label of the highest log-probability
 * - `likelihood-per-token`: the label of the highest log-probability per token
 */
export const readings = ["lenient", "strict", "likelihood", "likelihood-per-token"] as const;
export type Reading = (typeof readings)[number];

/** `clean`: without the items of which the contamination gate found something in what the systems saw. */
export const subsets = ["all", "clean"] as const;
export type Subset = (typeof subsets)[number];

const scoreFields = {
  taskId: z.string(),
  metric: z.string(),
  k: z.number().int(),
  reading: z.enum(readings).default("lenient"),
  subset: z.enum(subsets).default("all"),
  system: z.string(),
  n: z.number().int(),
  /** Groups of items that are drawn together in the bootstrap (items of one document); n where every item stands alone. */
  clusters: z.number().int().optional(),
};

export const scoreSchema = z.strictObject({
  ...scoreFields,
  /** In percent, 0–100. */
  value: z.number(),
  /** 95 % bootstrap interval over items, same unit. */
  ci: z.tuple([z.number(), z.number()]),
  /** Share of items without an answer in the asked format, 0–1. */
  formatFailures: z.number(),
  /** Answers that are missing because their requests failed; they count as wrong. */
  errors: z.number().int().default(0),
  /** The value of each draw of demonstrations; empty where there is one. */
  draws: z.array(z.number()).default([]),
});
export type Score = z.infer<typeof scoreSchema>;

/** A paired comparison of two systems on the same items. */
export const differenceSchema = z.strictObject({
  ...scoreFields,
  against: z.string(),
  /** system − against, in percentage points. */
  value: z.number(),
  ci: z.tuple([z.number(), z.number()]),
  /** Two-sided p-value of "no difference", and the test that gave it. */
  p: z.number().optional(),
  test: z.enum(["paired bootstrap", "McNemar exact"]).optional(),
  /** p after Holm's correction over all comparisons of the table that it belongs to. */
  pHolm: z.number().optional(),
  /** It holds: the corrected p is below 0.05 and the 95 % interval does not hold 0. */
  significant: z.boolean(),
});
export type Difference = z.infer<typeof differenceSchema>;
