// Writes one task. Free: one completion, whose layout is the model's. Scaffolded: the instruction's line first, then, behind the label
// "Input:", the input's; the second prompt extends the first, so a prefix cache pays for it once.
import type { Endpoint } from "../endpoint/index.js";
import { firstBreach, instructionRules } from "../filter/index.js";
import { ask, type Written } from "./ask.js";
import type { InstructionPreset } from "./instruction-preset.js";
import { instructionStops, parseInstruction } from "./instruction-prompt.js";

/** An instruction is a line of one or two sentences; what runs on is cut off. */
const instructionTokens = 64;
const inputLabel = "\nInput:";

/** Everything of a request that the prompt's layout does not decide. */
export interface TaskRequest {
  endpoint: Endpoint;
  model: string;
  prompt: string;
  seed: number;
  /** Which of the samples of one prompt this is, from 0. */
  sample: number;
  signal: AbortSignal;
}

/** The text of one task as if it had been written in one go; usage is the sum of the calls. */
export async function writeTask(
  options: TaskRequest & {
    /** As the prompt names it. */
    subDomain: string | undefined;
    preset: InstructionPreset;
  },
): Promise<Written> {
  const { prompt, subDomain, preset, ...request } = options;
  const { temperature, topP, maxTokens } = preset;
  const sampling = { temperature, topP, ...request };
  if (!preset.scaffold) return ask({ prompt, maxTokens, stop: instructionStops(subDomain), ...sampling });
  const first = await ask({ prompt, maxTokens: instructionTokens, stop: ["\n"], ...sampling });
  if (first.finishReason === "refused") return first;
  const broken = firstBreach(parseInstruction(first), instructionRules);
  if (broken !== null && broken.rule !== "no-input") return first;
  const line = `${first.text.trimEnd()}${inputLabel}`;
  const second = await ask({ prompt: `${prompt}${line}`, maxTokens, stop: ["\n"], ...sampling });
  const usage = {
    promptTokens: first.usage.promptTokens + second.usage.promptTokens,
    completionTokens: first.usage.completionTokens + second.usage.completionTokens,
  };
  return second.finishReason === "refused" ? { ...second, usage } : { ...second, text: `${line}${second.text}`, usage };
}
