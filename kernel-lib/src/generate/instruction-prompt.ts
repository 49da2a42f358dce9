// The prompt for new tasks and the reading of what comes back. The header's wording is ours, after the requirements of Self-MoE
// (Kang et al. 2024b, App. A); the layout is loose enough for a base model to follow.
import type { TaskDraft } from "../filter/index.js";
import type { Domain, Seed } from "../seeds/index.js";
import { parseSections, tidyText } from "./parse-sections.js";

/** Changes whenever prompt or parser change: rows of different versions must not be mixed in one stage. */
export const instructionPromptVersion = 1;

/** How a task without an input is written. */
const noInput = "(none)";

/** The text ends where the model starts an answer or the next task. */
export const instructionStops = ["\nOutput:", "\nInstruction:", "\n###"];

/** Header, demonstrations without their answers, and the label of the section that the model is to write. */
export function renderInstructionPrompt({ domain, demonstrations }: { domain: Domain; demonstrations: readonly Seed[] }): string {
  const shown = demonstrations.map(
    ({ instruction, input }) => `Instruction: ${instruction}\nInput: ${input === "" ? noInput : input}\n\n`,
  );
  return `${header(domain)}\n\n${shown.join("")}Instruction:`;
}

function header(domain: Domain): string {
  return `Different tasks for an expert in ${domain}. Each has an instruction and a realistic, specific input to work on.`;
}

const saysNoInput = /^\W*(?:none|no input|noinput|n\/?a|not applicable|empty)\W*$/i;

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
  const tidy = input === undefined ? null : tidyText(body ?? "");
  return {
    instruction: instruction.charAt(0).toUpperCase() + instruction.slice(1),
    input: tidy !== null && saysNoInput.test(tidy) ? "" : tidy,
    finishReason: wholeTaskWritten ? "stop" : finishReason,
  };
}
