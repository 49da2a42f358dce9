// How answers are asked for and chosen: one switch a lever, each at rest in the published recipe (Self-MoE, Kang et al. 2024b:
// one greedy answer a task, kept as it came). The levers are what may help a model far below a billion parameters.
import { z } from "zod";

export const responsePresetSchema = z.strictObject({
  /** The prompt file. */
  prompt: z.string(),
  /** Of the first answer; 0 is greedy. */
  temperature: z.number().min(0).max(5),
  topP: z.number().gt(0).max(1),
  maxTokens: z.number().int().min(1),
  /** Seeds shown with their answers; 0 asks without any, as a tuned model is asked. */
  demonstrations: z.number().int().min(0),
  /**
   * "random" seeds for each row; those "related" to the seed whose instruction is nearest to the row's by ROUGE-L, of that one's
   * task kind first; or those "nearest" to the row's instruction and input together.
   */
  choose: z.enum(["random", "related", "nearest"]),
  /** What passages are searched with, where retrieval is on. */
  retrievalQuery: z.enum(["instruction+input", "input"]),

  /** Answers a task; the first is sampled with `temperature` and `topP`, the others with the two values below. */
  samples: z.number().int().min(1),
  sampleTemperature: z.number().min(0).max(5),
  sampleTopP: z.number().gt(0).max(1),
  /**
   * Which of the samples that pass the rules is kept: the "first"; the one that agrees most with all samples ("self-consistency",
   * Wang et al. 2023: the commonest label, the list or text of the highest mean F1 to the others); or the one of the highest mean
   * log-probability a token ("likelihood").
   */
  pick: z.enum(["first", "self-consistency", "likelihood"]),
  /**
   * Drop a task whose picked answer agrees less with its other samples, 0–1; 0 keeps all. Tasks with one sample have no
   * agreement.
   */
  minAgreement: z.number().min(0).max(1),
  /** Ask for log-probabilities and store their mean with each row; "likelihood" asks for them in any case. */
  logprobs: z.boolean(),

  /** "parse-only" drops empty and cut-off answers alone, whatever the switches below say: the data set without its filter. */
  filter: z.enum(["full", "parse-only"]),
  /** Drop a bare label ("yes", "false") given to an instruction that asks for none. */
  rejectLeakedLabels: z.boolean(),
  /**
   * Stricter, and asked instead: a task of a closed-label kind must be answered with one of its labels (spelt as in the seeds),
   * any other task with none; "yes" and "no" also answer a question that opens with a verb, "none" an extraction of a kind whose
   * seeds know it.
   */
  labelsOnlyWhereAsked: z.boolean(),
  /**
   * Answer a task of a closed-label kind with the label of the highest "likelihood" as its next token, or after dividing by its
   * likelihood for the same prompt with a content-free input ("calibrated", Zhao et al. 2021); so also where the model wrote a
   * bare label that seeds offer in a set. "off" keeps what the model writes.
   */
  labelScoring: z.enum(["off", "likelihood", "calibrated"]),
  /**
   * At most this many times as many rows with one label as with the next most frequent of its set, the first rows kept; null
   * keeps all.
   */
  balanceLabels: z.strictObject({ maxRatio: z.number().min(1) }).nullable(),

  /** Drop an extraction whose parts do not occur in its input. */
  rejectInventedSpans: z.boolean(),
  /** Of an extraction keep the parts that occur in its input, each once; drop the row where none is left. */
  repairSpans: z.boolean(),
  /** The largest share of the input's words that an answer of copied parts may repeat, 0–1; null is no limit. */
  maxCopiedShare: z.number().min(0).max(1).nullable(),
});
export type ResponsePreset = z.infer<typeof responsePresetSchema>;

/** Every lever at rest. */
export const leversAtRest = {
  prompt: "responses-v1",
  retrievalQuery: "instruction+input",
  samples: 1,
  sampleTemperature: 0.7,
  sampleTopP: 0.95,
  pick: "first",
  minAgreement: 0,
  logprobs: false,
  filter: "full",
  rejectLeakedLabels: false,
  labelsOnlyWhereAsked: false,
  labelScoring: "off",
  balanceLabels: null,
  rejectInventedSpans: false,
  repairSpans: false,
  maxCopiedShare: null,
} satisfies Partial<ResponsePreset>;
