// Reads the SEC-filings corpus (Salinas Alvarado, Verspoor & Baldwin 2015): CoNLL-2003 columns, `token POS chunk tag` a line, with
// tags in the IO scheme: no B-, so neighbours of one type cannot be told apart and a run of one type is one entity.
import { InputError } from "../../runtime/index.js";
import type { TaggedToken } from "./iob2.js";

const punctuationRun = /^[("')\].,;:[$%“”]{2,}$/;

/** The marks that the corpus leaves together (`"),`), one by one, so that they find their places in prose; runs of dots stay whole. */
const splitMarks = (token: string): string[] => (punctuationRun.test(token) && !/^\.+$/.test(token) ? [...token] : [token]);

/**
 * The sentences of the file with IOB2 tags; `-DOCSTART-` lines separate documents and are no sentence. `types` are those that may occur.
 * @throws InputError with the line that has not four columns or an unknown tag.
 */
export function readFinNer(text: string, options: { name: string; types: readonly string[] }): TaggedToken[][] {
  const { name, types } = options;
  const sentences: TaggedToken[][] = [];
  let sentence: TaggedToken[] = [];
  let previousType: string | undefined;
  const endSentence = (): void => {
    if (sentence.length > 0) sentences.push(sentence);
    sentence = [];
    previousType = undefined;
  };
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("-DOCSTART-")) {
      endSentence();
      continue;
    }
    const [token, , , tag, ...more] = line.split(" ");
    const type = tag === "O" ? undefined : types.find((known) => tag === `I-${known}`);
    if (!token || more.length > 0 || (tag !== "O" && type === undefined))
      throw new InputError({
        got: `${name}:${index + 1} is "${line}"`,
        allowed: `token POS chunk tag, with O or I- and ${types.join(", ")}`,
        todo: "correct that line or fetch the file again",
      });
    for (const part of splitMarks(token)) {
      sentence.push({ token: part, tag: type === undefined ? "O" : `${type === previousType ? "I" : "B"}-${type}` });
      previousType = type;
    }
  }
  endSentence();
  return sentences;
}
