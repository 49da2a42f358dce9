// How the model is asked: sampling, demonstrations, novelty. A preset is data; an experiment may override any value of it.
import { z } from "zod";
import { instructionKnobsAtRest, instructionPresetSchema } from "./instruction-preset.js";
import { leversAtRest, responsePresetSchema } from "./response-preset.js";

export const presetSchema = z.strictObject({
  name: z.string(),
  instructions: instructionPresetSchema,
  responses: responsePresetSchema,
  /** Where the preset leaves the literature it follows, in words for the report. */
  deviations: z.array(z.string()),
});
export type GenerationPreset = z.infer<typeof presetSchema>;

/** Self-MoE's sampling (Kang et al. 2024b, App. A), the nearest published recipe: 3 random seeds at T 1, then 5 seeds, greedy. */
const selfMoe: GenerationPreset = {
  name: "self-moe",
  instructions: {
    demonstrations: 3,
    choose: "random",
    scaffold: false,
    rejectStatements: false,
    minInputWords: 0,
    temperature: 1,
    topP: 0.98,
    maxTokens: 200,
    samplesPerPrompt: 1,
    noveltyOn: "instruction",
    noveltyThreshold: 0.7,
    ...instructionKnobsAtRest,
  },
  responses: {
    demonstrations: 5,
    choose: "random",
    temperature: 0,
    topP: 1,
    maxTokens: 120,
    ...leversAtRest,
  },
  deviations: [],
};

/** For models far below a billion parameters, whose T 1 samples are word salad and whose labels leak between task kinds. */
const nearest: GenerationPreset = {
  name: "nearest",
  instructions: {
    demonstrations: 3,
    choose: "related",
    scaffold: true,
    rejectStatements: true,
    minInputWords: 5,
    temperature: 0.6,
    topP: 0.95,
    maxTokens: 112,
    samplesPerPrompt: 4,
    noveltyOn: "instruction+input",
    noveltyThreshold: 0.7,
    ...instructionKnobsAtRest,
  },
  responses: {
    demonstrations: 5,
    choose: "related",
    temperature: 0,
    topP: 1,
    maxTokens: 80,
    ...leversAtRest,
    rejectLeakedLabels: true,
    rejectInventedSpans: true,
  },
  deviations: [
    "instructions are sampled at T 0.6, top-p 0.95 instead of T 1, top-p 0.98",
    "the three demonstrations of an instruction prompt are a random seed and two of its own task kind or wording, shared by four attempts",
    "instruction and input are asked for one after the other, each under its label",
    "an instruction that neither commands nor asks, and an input of fewer than five words, are dropped",
    "novelty (ROUGE-L ≤ 0.7) is asked of instruction and input together: a task may be asked again about another input",
    "responses see the seed nearest to their instruction and seeds of that one's task kind or wording instead of random seeds",
    "bare labels that the task does not ask for, and extracted parts that the input does not hold, are dropped",
  ],
};

/** "nearest" with the levers that LOG.md found to help, or that answer what went wrong in the rows of earlier runs. */
const levers: GenerationPreset = {
  name: "levers",
  instructions: { ...nearest.instructions, rejectSeedCopies: true },
  responses: {
    ...nearest.responses,
    rejectLeakedLabels: false,
    labelsOnlyWhereAsked: true,
    labelScoring: "calibrated",
    balanceLabels: { maxRatio: 1.5 },
    rejectInventedSpans: false,
    repairSpans: true,
    maxCopiedShare: 0.6,
  },
  deviations: [
    ...nearest.deviations.slice(0, -1),
    "tasks that repeat a seed are dropped",
    "labels are chosen by likelihood, divided by that behind an input that says nothing (Zhao et al. 2021), and balanced 1.5 to 1; other tasks are not answered with labels",
    "of an extraction only the parts that the input holds are kept, and not more than 60 % of the input",
  ],
};

export const presets: Readonly<Record<"self-moe" | "nearest" | "levers", GenerationPreset>> = {
  "self-moe": selfMoe,
  nearest,
  levers,
};
