// The part of a model's text that is its answer, before any format is asked of it.
import { completionStops } from "../../dataset/index.js";

/** The model's text up to the first stop, trimmed; a server that does not honour stops is cut the same way. */
export function answerText(raw: string): string {
  const end = Math.min(...completionStops.map((stop) => raw.indexOf(stop)).filter((index) => index >= 0), raw.length);
  return raw.slice(0, end).trim();
}

/** The generated string that text metrics score: the answer's first paragraph. */
export function firstParagraph(raw: string): string {
  return (answerText(raw).split(/\n\s*\n/)[0] ?? "").trim();
}

/** Letters in lower case, any run of spaces as one. */
export const plain = (text: string): string => text.toLowerCase().replace(/\s+/g, " ").trim();

/** The input given back is no answer, unless it is so short (a heading) that it may be one name. */
export const isCopy = (text: string, input: string): boolean =>
  plain(text) === plain(input) && plain(input).split(" ").length > 5;

const leadIn = /^(?:so |therefore,? |hence,? )?(?:the )?(?:correct |final |right )?answers?(?: is| are)?(?::|(?<=is|are)\s)\s*/i;

/** "Answer: 12" and "The answer is 12" begin with words that are not the answer. */
export const hasLeadIn = (text: string): boolean => leadIn.test(text);
export const withoutLeadIn = (text: string): string => text.replace(leadIn, "").trim();
