// The part of an experiment's configuration that says how systems are asked, and what stands beside them in the table.
import { z } from "zod";
import { promptTemplateId, promptTemplates } from "../dataset/index.js";
import { pricesSchema } from "../endpoint/index.js";

const positive = z.number().int().positive();

/** Any OpenAI-compatible server that answers the same questions. */
const comparedEndpointSchema = z.strictObject({
  /** The system's name in tables. */
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, "names are kebab-case"),
  baseURL: z.string().min(1),
  /** The server's name for the model. */
  model: z.string().min(1),
  /** The environment variable that holds the key; the key itself is never in a file. */
  apiKeyVariable: z.string().min(1).default("OPENAI_API_KEY"),
  api: z.enum(["completions", "chat"]).default("completions"),
  timeoutSeconds: positive.default(120),
  concurrency: positive.default(16),
  limits: z
    .strictObject({ requestsPerMinute: positive.nullable().default(null), tokensPerMinute: positive.nullable().default(null) })
    .prefault({}),
  contextTokens: positive.default(2048),
  /** What a million of its tokens cost, counted under `endpoint.spendCap`; without them it is not counted, and the run says so. */
  prices: pricesSchema.optional(),
});

export const evaluationConfigSchema = z.strictObject({
  /** Score the likelihood of each label too, where the task has labels and the server gives log-probabilities. */
  likelihood: z.boolean().default(true),
  /** The prompt's layout: the one that systems are tuned on, or another one, to see what the layout alone changes. */
  template: z.enum(promptTemplates).default(promptTemplateId),
  /** What is asked besides, untuned: the base with passages of the run's corpus in front of each input. */
  baselines: z.array(z.enum(["base-retrieval"])).default([]),
  /** Other models, each one more system of the table. */
  endpoints: z.array(comparedEndpointSchema).default([]),
});
