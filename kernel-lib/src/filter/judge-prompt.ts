// The judge's prompt: a row, and a question that is answered by one of two words. Versioned by its name and told by its hash, since scores
// of different prompts do not compare.
import { sha256 } from "../runtime/index.js";

export interface JudgedTask {
  instruction: string;
  input: string;
  output: string;
}

export interface JudgePrompt {
  readonly version: string;
  /** SHA-256 of template and words. */
  readonly hash: string;
  /** What a good and a bad row are answered with; each follows the prompt directly. */
  readonly words: { readonly good: string; readonly bad: string };
  render(task: JudgedTask): string;
}

const template = `A teacher checks exercises. An answer is right when it does what the task asks, is true, and follows from the text.

Task: List the animals in the text.
Text: A fox and two hens were in the yard.
Answer: fox, hens
Is the answer right? yes

Task: Which month is named?
Text: The shop opened again in March.
Answer: The shop the shop the shop
Is the answer right? no

Task: Does the text mention rain? Answer yes or no.
Text: The sky was clear all day.
Answer: no
Is the answer right? yes

Task: Give the total price.
Text: Two tickets at 15 euros each.
Answer: 20 euros
Is the answer right? no

Task: {instruction}
Text: {input}
Answer: {output}
Is the answer right?`;

const words = { good: " yes", bad: " no" };
const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

/** Four examples of ours, two right and two wrong, then the row. */
export const judgePrompt: JudgePrompt = {
  version: "judge-v1",
  hash: sha256(JSON.stringify({ template, words })),
  words,
  render: (task) =>
    template.replace(/\{(instruction|input|output)\}/g, (_, part: keyof JudgedTask) => oneLine(task[part]) || "(none)"),
};
