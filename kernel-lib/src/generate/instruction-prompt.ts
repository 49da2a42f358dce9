// The prompt for new tasks, from its file, and the reading of what comes back: loose enough for whatever layout a base model makes of it.
import type { TaskDraft } from "../filter/index.js";
import type { SeedDomain } from "../seeds/index.js";
import { parseSections, tidyText } from "./parse-sections.js";
import type { PromptFile } from "./prompt-files.js";

/** Changes whenever the reading changes: rows of different versions must not be mixed in one stage. */
export const instructionParserVersion = 2;

/** A seed, or a task that the model wrote before. */
export interface ShownTask {
  readonly id: string;
  readonly instruction: string;
  readonly input: string;
}

/** The text ends where the model starts an answer or the next task. */
export const instructionStops = (subDomain: string | undefined): string[] => [
  "\nOutput:",
  "\nInstruction:",
  "\n###",
  ...(subDomain === undefined ? [] : ["\nTopic:"]),
];

/** Header, demonstrations without their answers, and the label of the section that the model is to write. */
export function renderInstructionPrompt(options: {
  prompt: PromptFile;
  domain: SeedDomain;
  demonstrations: readonly ShownTask[];
  /** What the new task shall be about; nothing in particular by default. */
  subDomain?: string;
}): string {
  const { prompt, domain, subDomain } = options;
  const demonstrations = options.demonstrations.map(({ instruction, input }) => ({ instruction, input }));
  return prompt.render({ domain, demonstrations, ...(subDomain !== undefined && { subDomain }) });
}

const saysNoInput = /^\W*(?:none|no input|noinput|n\/?a|not applicable|empty)\W*$/i;

/** A model that is led to the label "Input:" may write another behind it: its own again, or that of the next section. */
const withoutLabel = (input: string): string =>
  /^(?:instruction|output)[ \t]*:/i.test(input) ? "" : input.replace(/^input[ \t]*:[ \t]*/i, "");

/** A task as it was read, with its answer where that was written first. */
export interface WrittenTask extends TaskDraft {
  answer?: string;
}

/** Reads a completion of an "answers-first" prompt: instruction, answer, input, a line each. */
export function parseAnswerFirst({ text, finishReason }: { text: string; finishReason: string }): WrittenTask {
  const sections = parseSections(text, "instruction");
  const part = (index: number, name: string): string | undefined =>
    sections[index]?.name === name ? tidyText(sections[index].text) : undefined;
  const input = part(2, "input");
  return {
    instruction: part(0, "instruction") ?? "",
    answer: part(1, "output") ?? "",
    input: input === undefined ? null : withoutLabel(input),
    finishReason,
  };
}

/**
 * Reads the task out of a completion: the first instruction, and the first paragraph of the first input after it. A base model that has
 * finished a task drifts on behind a blank line, as the demonstrations have one there too.
 */
export function parseInstruction({ text, finishReason }: { text: string; finishReason: string }): TaskDraft {
  const sections = parseSections(text, "instruction");
  const instruction = tidyText(sections[0]?.name === "instruction" ? sections[0].text : "")
    .replace(/\n/g, " ")
    .replace(/^[\s*_#]+|[\s*_#]+$/g, "");
  const rest = sections.slice(1);
  const end = rest.findIndex(({ name }) => name !== "input");
  const input = rest.slice(0, end === -1 ? rest.length : end)[0];
  const [body, ...drift] = (input?.text.trimStart() ?? "").split(/\n[ \t\r]*\n/);
  const wholeTaskWritten = end !== -1 || drift.length > 0;
  const tidy = input === undefined ? null : withoutLabel(tidyText(body ?? ""));
  return {
    instruction: instruction.charAt(0).toUpperCase() + instruction.slice(1),
    input: tidy !== null && saysNoInput.test(tidy) ? "" : tidy,
    finishReason: wholeTaskWritten ? "stop" : finishReason,
  };
}
