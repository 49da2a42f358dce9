// The prompt for an answer and the reading of what comes back. Header and demonstrations come first, the row's own part last: rows with
// the same demonstrations share the longest possible prefix.
import type { FoundPassage } from "../corpus/index.js";
import type { Domain, Seed } from "../seeds/index.js";
import { parseSections, tidyText } from "./parse-sections.js";

/** Changes whenever prompt or parser change. */
export const responsePromptVersion = 1;

/** A blank line ends an answer, as it does in the demonstrations. */
export const responseStops = ["\n\n", "\nInstruction:", "\nInput:", "\n###"];

const task = ({ instruction, input }: { instruction: string; input: string }): string =>
  `Instruction: ${instruction}\n${input === "" ? "" : `Input: ${input}\n`}Output:`;

/** Header, demonstrations with their answers, retrieved passages if any, the task; ends where the answer begins. */
export function renderResponsePrompt(options: {
  domain: Domain;
  demonstrations: readonly Seed[];
  question: { instruction: string; input: string };
  passages?: readonly FoundPassage[];
}): string {
  const { domain, demonstrations, question, passages = [] } = options;
  const shown = demonstrations.map((seed) => `${task(seed)} ${seed.output}\n\n`).join("");
  const background = passages.length === 0 ? "" : `Background: ${passages.map(({ text }) => text).join(" ")}\n`;
  return `An expert in ${domain} answers each instruction exactly in the form it asks for.\n\n${shown}${background}${task(question)}`;
}

/** Reads the answer out of a completion: everything before the next section. */
export function parseResponse(text: string): string {
  const [answer] = parseSections(text, "output");
  return answer?.name === "output" ? tidyText(answer.text) : "";
}
