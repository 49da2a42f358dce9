// Answer first: the model writes an answer to a seed's instruction and then, behind the label "Input:", a text that holds it. Self-Instruct
// (Wang et al. 2023) asks so for classification, against answers of one class; here it is for extraction, which a small model gets wrong the
// other way round. The instruction is the seed's own: what is new is the pair of input and answer.
import { deriveRandom } from "../runtime/index.js";
import type { Seed, SeedDomain } from "../seeds/index.js";
import { learnAnswerForms } from "./answer-forms.js";
import { wordsOf } from "./answer-words.js";
import { ask, type Written } from "./ask.js";
import { relatedDemonstrations } from "./demonstrations.js";
import type { InstructionPreset } from "./instruction-preset.js";
import type { PromptFile } from "./prompt-files.js";
import type { TaskRequest } from "./write-task.js";

/** Whether a prompt file asks for the answer before the input. */
export const isAnswerFirst = (promptName: string): boolean => promptName.startsWith("answers-first-");

/** An answer is a short list; a longer one is seldom held by one input. */
const answerTokens = 32;

export interface AnswerFirstTask {
  /** The seed whose instruction is given. */
  seed: Seed;
  /** Seeds of its kind or wording, the nearest last. */
  demonstrations: readonly Seed[];
}

/** Draws a seed whose kind is answered by phrases of the input, and others to show. */
export function answerFirstTasks({
  seeds,
  count,
}: {
  seeds: readonly Seed[];
  count: number;
}): (key: (string | number)[]) => AnswerFirstTask {
  const forms = learnAnswerForms(seeds);
  const extractions = seeds.filter((seed) => {
    const { form, known } = forms.of({ instruction: seed.instruction, demoIds: [seed.id] });
    return form === "extraction" && !known.has(wordsOf(seed.output));
  });
  const related = relatedDemonstrations({ seeds: extractions, count: count + 1 });
  return (key) => {
    const [seed] = deriveRandom(...key, "answer-first").sample(extractions, 1);
    return { seed: seed!, demonstrations: related.of(seed!).filter(({ id }) => id !== seed!.id) };
  };
}

export function renderAnswerFirstPrompt(options: {
  prompt: PromptFile;
  domain: SeedDomain;
  demonstrations: readonly Pick<Seed, "instruction" | "input" | "output">[];
  instruction: string;
}): string {
  const { prompt, domain, instruction } = options;
  const demonstrations = options.demonstrations.map((seed) => ({
    instruction: seed.instruction,
    input: seed.input,
    output: seed.output,
  }));
  return prompt.render({ domain, demonstrations, instruction });
}

/** The text of one task as if instruction, answer and input had been written in one go; usage is the sum of both calls. */
export async function writeAnswerFirst(
  options: TaskRequest & { instruction: string; preset: InstructionPreset },
): Promise<Written> {
  const { instruction, preset, prompt, ...request } = options;
  const { topP, temperature, answerTemperature, maxTokens } = preset;
  const begun = ` ${instruction}\nAnswer:`;
  const first = await ask({ prompt, maxTokens: answerTokens, stop: ["\n"], topP, temperature: answerTemperature, ...request });
  if (first.finishReason === "refused") return first;
  const answer = first.text.trimEnd();
  const answered = { ...first, text: `${begun}${answer}` };
  if (first.finishReason === "length" || answer.trim() === "") return answered;
  const line = `${answer}\nInput:`;
  const second = await ask({ prompt: `${prompt}${line}`, maxTokens, stop: ["\n"], topP, temperature, ...request });
  const usage = {
    promptTokens: first.usage.promptTokens + second.usage.promptTokens,
    completionTokens: first.usage.completionTokens + second.usage.completionTokens,
  };
  return second.finishReason === "refused" ? { ...second, usage } : { ...second, text: `${begun}${line}${second.text}`, usage };
}
