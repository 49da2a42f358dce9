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

interface Layout {
  /** The question up to where its answer begins. */
  section(question: PromptParts): string;
  /** What ends a completion: the model starts a new section, or the sequence ends. */
  stops: readonly string[];
}

const layouts = {
  "sections-1": {
    section: ({ instruction, input }) =>
      `### Instruction:\n${instruction}\n\n${input === "" ? "" : `### Input:\n${input}\n\n`}### Response:\n`,
    stops: ["\n###", "\n\n\n"],
  },
  "plain-1": {
    section: ({ instruction, input }) => `Instruction: ${instruction}\n${input === "" ? "" : `Input: ${input}\n`}Answer:\n`,
    stops: ["\nInstruction:", "\n\n\n"],
  },
} as const satisfies Record<string, Layout>;

/**
 * A layout of prompts by name; another number behind it for other bytes.
 * - `sections-1`: `### Instruction:`, `### Input:`, `### Response:`, which everything is trained on and asked with
 * - `plain-1`: lines of `Instruction:`, `Input:`, `Answer:`; asked with only, to see how much of a score is the layout
 */
export type PromptTemplate = keyof typeof layouts;
export const promptTemplates = Object.keys(layouts) as readonly PromptTemplate[];

/** What training writes, and evaluation asks unless told otherwise. */
export const promptTemplateId = "sections-1" satisfies PromptTemplate;

/** What ends a completion in a layout. */
export const stopsOf = (template: PromptTemplate): readonly string[] => layouts[template].stops;

/** What ends a completion in the layout of training. */
export const completionStops = stopsOf(promptTemplateId);

/** Renders demonstrations (k shots) and the question; ends right where the answer begins. */
export function renderPrompt(
  question: PromptParts,
  demonstrations: readonly Demonstration[] = [],
  template: PromptTemplate = promptTemplateId,
): string {
  const { section } = layouts[template];
  return (
    demonstrations.map((demonstration) => `${section(demonstration)}${demonstration.output}\n\n`).join("") + section(question)
  );
}
