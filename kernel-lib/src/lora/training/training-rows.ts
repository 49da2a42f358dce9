// What a training learns, from triples or from files: prompts as inference writes them, and the completions that should follow.
import { z } from "zod";
import { completionStops, renderPrompt, type Triple } from "../../dataset/index.js";
import { readJsonl } from "../../runtime/index.js";
import type { TrainingRow } from "./batches.js";

/** The completion ends with the end token; a section mark inside an answer would teach the model to go on. */
export const trainingRowOf = ({
  id,
  instruction,
  input,
  output,
}: Pick<Triple, "id" | "instruction" | "input" | "output">): TrainingRow => ({
  id,
  prompt: renderPrompt({ instruction, input }),
  completion: completionStops.reduce((text, stop) => text.split(stop)[0]!, output).trim(),
});

const text = z.string().optional();

const filled = (...parts: (string | undefined)[]): boolean => parts.every((part) => part !== undefined && part.trim() !== "");

/** Other keys are passed over: triples carry their lineage, seeds their source. */
const rowSchema = z
  .looseObject({ id: text, prompt: text, completion: text, instruction: text, input: text, output: text })
  .refine(
    ({ prompt, completion, instruction, output }) => filled(prompt, completion) || filled(instruction, output),
    "needs a prompt and a completion, or an instruction and an output, none of them empty",
  );

/**
 * Reads JSON Lines of {prompt, completion}, taken as they are, or of {instruction, input, output}, put into the project's prompt.
 * Rows without an id are called by their number, from 1.
 * @throws InputError naming the first line that is neither.
 */
export function readTrainingRows(path: string): TrainingRow[] {
  return readJsonl(path, rowSchema, "training row").map((row, index) => {
    const { id = `row-${index + 1}`, prompt = "", completion = "", instruction = "", input = "", output = "" } = row;
    return filled(prompt, completion) ? { id, prompt, completion } : trainingRowOf({ id, instruction, input, output });
  });
}
