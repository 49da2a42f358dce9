// The configuration of an experiment: one file, four sizes. Every key is known; an unknown one fails.
import { z } from "zod";
import { pricesSchema } from "../endpoint/index.js";
import { presetSchema } from "../generate/index.js";
import { residencies } from "../lora/index.js";
import { domains } from "../seeds/index.js";
import { evaluationConfigSchema } from "./evaluation-config.js";
import { tunedSystems } from "./systems.js";

export const sizeNames = ["smoke", "quick", "laptop", "gpu"] as const;
export type SizeName = (typeof sizeNames)[number];

const positive = z.number().int().positive();

export const budgetSchema = z.strictObject({
  /** Seeds used, a nested subset; null is all of them. */
  seeds: positive.nullable(),
  /** Instructions stop at this many kept rows, or after this many attempts. */
  targetRows: positive,
  maxAttempts: positive,
  /** Passes over the training rows, and the most optimiser steps whatever the rows. */
  epochs: positive,
  /** Optimiser steps of every training, so that all systems are tuned for as long; null takes `epochs` over each one's own rows. */
  steps: positive.nullable().default(null),
  maxSteps: positive,
  /** Most minutes for the two trainings together: a slower backend takes fewer steps to keep it. Null is no limit. */
  trainingMinutes: z.number().positive().nullable(),
  /** Test items a task. */
  items: positive,
  /** Demonstrations in the prompt; with k > 0 each is drawn `draws` times. */
  shots: z.array(z.number().int().nonnegative()).min(1),
  draws: positive,
});
export type Budget = z.infer<typeof budgetSchema>;

export const experimentSchema = z.strictObject({
  $comment: z.string().optional(),
  name: z.string().regex(/^[a-z0-9-]+$/, "names are kebab-case"),
  domain: z.enum(domains),
  /** A registry id, a path to a GGUF file, or a Hugging Face id; with `endpoint.baseURL` also the server's name for it. */
  model: z.string().min(1),
  /** A seed file; null is the project's own seeds of the domain. */
  seedFile: z.string().nullable(),
  /** Everything random derives from this number. */
  runSeed: z.number().int().nonnegative(),
  /** Sampling and choice of demonstrations: see generate/presets. */
  preset: z.string().min(1),
  /** Single values of the preset to change for this experiment. */
  generation: z
    .strictObject({
      instructions: presetSchema.shape.instructions.partial().default({}),
      responses: presetSchema.shape.responses.partial().default({}),
    })
    .prefault({}),
  retrieval: z.strictObject({
    enabled: z.boolean(),
    /** "wordnet", or a text, JSONL or Parquet file or folder. */
    corpus: z.string().min(1),
    passages: positive,
  }),
  endpoint: z.strictObject({
    /** Null starts the embedded server; an address talks to any OpenAI-compatible one. */
    baseURL: z.string().nullable(),
    /** The environment variable that holds the key; the key itself is never in a file. */
    apiKeyVariable: z.string().min(1),
    /** The name the server knows the model by; null is the same as `model`. */
    servedModel: z.string().nullable(),
    timeoutSeconds: positive,
    /** How the server is asked: base models complete, paid ones mostly chat. */
    api: z.enum(["completions", "chat"]).default("completions"),
    /** Ask a server at `baseURL` through OpenAI's Batch API: cheaper, and slower by up to a day; a killed run collects what was submitted. */
    batch: z.boolean().default(false),
    /** Most requests in flight to a server at `baseURL`; fewer while it throttles. */
    concurrency: positive.default(16),
    /** What the server's owner allows; null is no limit. */
    limits: z
      .strictObject({ requestsPerMinute: positive.nullable().default(null), tokensPerMinute: positive.nullable().default(null) })
      .prefault({}),
    /** What a million tokens cost; null where nobody charges, or where it is not known. */
    prices: pricesSchema.nullable().default(null),
    /** The run stops as soon as the money it will have taken, projected from what it took so far, is more than this. */
    spendCap: z.number().positive().nullable().default(null),
    /** Every answer is kept in the call cache under .selfspec/calls and never asked for twice. */
    cache: z.boolean().default(true),
    /** What the embedded server runs: the file as it is, or the same weights written as another type (INFERENCE: prompts are faster). */
    weights: z.enum(["as-shipped", "F16", "BF16", "Q8_0"]),
    /** Requests that the embedded server works on at once; null is what the memory allows: 32, or 8 below 12 GiB. */
    sequences: positive.nullable(),
    /** Of one request, prompt and answer together; the embedded server holds as much for each of its sequences from the start. */
    contextTokens: positive,
  }),
  lora: z.strictObject({
    backend: z.enum(["auto", "tensorflow", "wasm", "cpu"]),
    rank: positive,
    alpha: z.number().positive(),
    learningRate: z.number().positive(),
    batchSize: positive,
    maxTokens: positive,
    /** Where the frozen weights rest: unpacked, quantised, or whichever the memory allows. */
    residency: z.enum(residencies).default("auto"),
  }),
  /** What is tuned beside the base, in this order: see systems.ts. */
  systems: z.array(z.enum(tunedSystems)).min(1).default(["seeds-only", "self-specialised"]),
  evaluation: evaluationConfigSchema.prefault({}),
  /** Task ids to score; none where a domain has no task yet. */
  tasks: z.array(z.string()),
  /** Test items in seeds or generated rows stop the run before anything is tuned on them, or are reported only. */
  contamination: z.enum(["block", "report"]).default("block"),
  /** Choices are made on "development" items, results are claimed on "test" items. */
  split: z.enum(["test", "development"]).default("test"),
  sizes: z.strictObject({ smoke: budgetSchema, quick: budgetSchema, laptop: budgetSchema, gpu: budgetSchema }),
});
export type ExperimentConfig = z.infer<typeof experimentSchema>;

/** One experiment at one size: what a run directory is made for. */
export const runConfigSchema = experimentSchema.omit({ sizes: true, $comment: true }).extend({
  systems: z.array(z.enum(tunedSystems)).default(["seeds-only", "self-specialised"]),
  size: z.enum(sizeNames),
  budget: budgetSchema,
  /** Another run's adapters are evaluated, and nothing is generated or tuned; null makes its own. */
  adaptersFrom: z
    .strictObject({
      /** What to type to make them again. */
      command: z.string().min(1),
      /** SHA-256 of each system's adapter.gguf. */
      adapters: z.partialRecord(z.enum(tunedSystems), z.string().regex(/^[0-9a-f]{64}$/)),
    })
    .nullable()
    .default(null),
});
export type RunConfig = z.infer<typeof runConfigSchema>;
