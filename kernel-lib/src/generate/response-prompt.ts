// The prompt for an answer and the reading of what comes back.
import type { FoundPassage } from "../corpus/index.js";
import { sha256 } from "../runtime/index.js";
import type { SeedDomain } from "../seeds/index.js";
import { parseSections, tidyText } from "./parse-sections.js";
import { type PromptRecord, promptRecord, readPrompt } from "./prompt-files.js";

/** Changes whenever the reading of answers changes: rows read in different ways must not be mixed in one stage. */
export const responseParserVersion = 1;

/** A blank line ends an answer, as it does in the demonstrations. */
const responseStops = ["\n\n", "\nInstruction:", "\nInput:", "\n###"];

/** What a prompt for an answer is made of. */
export interface ResponsePromptParts {
  domain: SeedDomain;
  demonstrations: readonly { instruction: string; input: string; output: string }[];
  question: { instruction: string; input: string };
  /** None where retrieval is off. */
  passages?: readonly Pick<FoundPassage, "text">[];
}

/** A way to ask for an answer: the stage's configuration keeps its name and hash. */
export interface ResponsePrompt extends PromptRecord {
  /** The answer ends before the first of these. */
  readonly stops: readonly string[];
  render(parts: ResponsePromptParts): string;
}

/** A prompt file as a way to ask. @throws InputError for an unknown name. */
export function responsePromptFile(name: string): ResponsePrompt {
  const file = readPrompt(name);
  return {
    ...promptRecord(file),
    stops: responseStops,
    render: ({ domain, demonstrations, question, passages = [] }) =>
      file.render({ domain, demonstrations: [...demonstrations], question, passages: passages.map(({ text }) => text) }),
  };
}

/**
 * Another way to ask: a second round asks its adapter with the template that it was tuned on. The hash is that of one rendered
 * probe, so that a stage notices when the template has changed.
 */
export function customResponsePrompt(prompt: Pick<ResponsePrompt, "name" | "stops" | "render">): ResponsePrompt {
  const probe = {
    demonstrations: [{ instruction: "A", input: "B", output: "C" }],
    question: { instruction: "D", input: "E" },
    passages: [{ text: "F" }],
  };
  return { ...prompt, sha256: sha256(prompt.render({ domain: "biomedicine", ...probe })) };
}

/** Header, demonstrations with their answers, retrieved passages if any, the task; ends where the answer begins. */
export const renderResponsePrompt = ({ prompt = "responses-v1", ...parts }: ResponsePromptParts & { prompt?: string }): string =>
  responsePromptFile(prompt).render(parts);

/** Reads the answer out of a completion: everything before the next section. */
export function parseResponse(text: string): string {
  const [answer] = parseSections(text, "output");
  return answer?.name === "output" ? tidyText(answer.text) : "";
}
