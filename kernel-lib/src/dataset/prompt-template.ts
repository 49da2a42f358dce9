// The one renderer of (instruction, input) → prompt. Training text and evaluation prompts both come from here, so the bytes a model is
// tuned on are the bytes it is asked with. Section marks follow Alpaca's layout; it has no header sentence.

export interface PromptParts {
  instruction: string;
  /** Empty when the instruction needs no context: the section is then left out. */
  input: string;
}

export interface Demonstration extends PromptParts {
  output: string;
}

/** What ends a completion: the model starts a new section, or the sequence ends. */
export const completionStops = ["\n###", "\n\n\n"];

function section({ instruction, input }: PromptParts): string {
  return `### Instruction:\n${instruction}\n\n${input === "" ? "" : `### Input:\n${input}\n\n`}### Response:\n`;
}

/** Renders demonstrations (k shots) and the question; ends right where the answer begins. */
export function renderPrompt(question: PromptParts, demonstrations: readonly Demonstration[] = []): string {
  return (
    demonstrations.map((demonstration) => `${section(demonstration)}${demonstration.output}\n\n`).join("") + section(question)
  );
}
