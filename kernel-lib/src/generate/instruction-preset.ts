// How new tasks are asked for and judged: sampling, what each prompt shows, what is kept, and when the stage stops by itself.
import { z } from "zod";

export const instructionPresetSchema = z.strictObject({
  /** 0 is greedy. */
  temperature: z.number().min(0).max(5),
  topP: z.number().gt(0).max(1),
  maxTokens: z.number().int().min(1),
  /** Of answers that are written before their inputs, where an "answers-first" prompt is among `prompts`. */
  answerTemperature: z.number().min(0).max(5),

  /** Prompt files (kernel-lib/prompts) by name; several take turns, prompt by prompt, and their yields are told apart while it runs. */
  prompts: z.array(z.string()).min(1),
  /** Tasks shown in each prompt. */
  demonstrations: z.number().int().min(1),
  /** "random" seeds, or a random seed and those "related" to it: of its task kind first, then by ROUGE-L of the instructions. */
  choose: z.enum(["random", "related"]),
  /**
   * How many of the demonstrations may be tasks that the model wrote and the filter kept; Self-Instruct shows up to 2 among its 8. They
   * stand in for seeds: anywhere in the order of "random" ones, for the least related of "related" ones. 0 shows seeds only.
   */
  machineDemonstrations: z.number().int().min(0),
  /**
   * With machine-written demonstrations attempts are made in waves of about this many, and a prompt draws from what earlier waves kept: the
   * rows are the same at any concurrency and after a kill. Requests in flight run dry at the end of a wave: take several times the
   * concurrency. Without machine-written demonstrations it does nothing.
   */
  waveSize: z.number().int().min(1),
  /** Each prompt names one of these sub-domains, drawn by seed; "default" is our list of the domain, null names none. */
  subDomains: z.union([z.literal("default"), z.array(z.string().min(1)).min(1), z.null()]),
  /** Ask for the instruction and then, its label given, for the input, instead of leaving the layout to the model. */
  scaffold: z.boolean(),
  /** Attempts that share one prompt and differ in their sampling seed; a server with a prefix cache evaluates the prompt once. */
  samplesPerPrompt: z.number().int().min(1),

  /** "full", or "parse-only": whatever reads as a task is kept, the baseline without a filter. */
  filter: z.enum(["full", "parse-only"]),
  /** Drop an instruction that neither commands nor asks anything. */
  rejectStatements: z.boolean(),
  /** Drop a task whose input has fewer words; 0 keeps tasks that need no input. */
  minInputWords: z.number().int().min(0),
  /** Drop a task whose input is a seed's. */
  rejectSeedCopies: z.boolean(),
  /** Rules to switch off and thresholds to change, by the names that stand in the ledger. */
  ruleChanges: z.strictObject({ off: z.array(z.string()), thresholds: z.record(z.string(), z.number()) }),
  /** The largest Jaccard similarity of word runs (MinHash, verified) that still passes, asked before novelty; null does not ask. */
  shingleThreshold: z.number().min(0).max(1).nullable(),
  /** What a task must be new in: its wording alone (Self-Instruct) or wording and input together. */
  noveltyOn: z.enum(["instruction", "instruction+input"]),
  /** The largest ROUGE-L F1 to any seed or kept row that still passes. */
  noveltyThreshold: z.number().min(0).max(1),

  /** Stop once the attempts have taken this many completion tokens; null is no limit. */
  tokenBudget: z.number().int().positive().nullable(),
  /**
   * Stop by itself when more attempts are no longer worth their price: of the last `window` attempts fewer than `minYield` (a share) were
   * kept, or more than `maxNearDuplicates` (a share) were well-formed but not new. Null goes on to the last attempt.
   */
  autoStop: z
    .strictObject({
      window: z.number().int().min(1),
      minYield: z.number().min(0).max(1),
      maxNearDuplicates: z.number().min(0).max(1),
    })
    .nullable(),
});
export type InstructionPreset = z.infer<typeof instructionPresetSchema>;

/**
 * Every knob beyond the published recipe at rest. The automatic stop has no model in the literature (Self-Instruct goes on to a fixed
 * count): one row out of twenty attempts is far below any yield that a usable run has shown (36–68 %), and over 100 attempts the
 * chance that a true yield of 15 % looks that low is under 1 in 1,000.
 */
export const instructionKnobsAtRest = {
  answerTemperature: 0.9,
  prompts: ["instructions-v1"],
  machineDemonstrations: 0,
  waveSize: 128,
  subDomains: null,
  filter: "full",
  rejectSeedCopies: false,
  ruleChanges: { off: [], thresholds: {} },
  shingleThreshold: null,
  tokenBudget: null,
  autoStop: { window: 100, minYield: 0.05, maxNearDuplicates: 0.9 },
} satisfies Partial<InstructionPreset>;
