// How answers are compared: by ROUGE's words (lower case, no punctuation), as texts or as the parts of a list.
import { rougeTokens } from "../filter/index.js";

export const wordsOf = (text: string): string => rougeTokens(text).join(" ");

/** The phrase stands in the text, word for word. */
export const holds = (text: string, phrase: string): boolean => ` ${wordsOf(text)} `.includes(` ${wordsOf(phrase)} `);

export interface AnswerPart {
  /** As written, with its type in angle brackets if it has one. */
  text: string;
  /** Its words without the type. */
  words: string;
}

/** The parts of a list answer: what stands between commas, semicolons and line ends. */
export const partsOf = (output: string): AnswerPart[] =>
  output
    .split(/[,;\n]/)
    .map((part) => ({ text: part.trim(), words: wordsOf(part.replace(/<[^>]*>/g, "")) }))
    .filter(({ words }) => words !== "");

/** Every part of the answer stands in the input. */
export function isCopied({ input, output }: { input: string; output: string }): boolean {
  const parts = partsOf(output);
  return parts.length > 0 && parts.every(({ words }) => holds(input, words));
}
