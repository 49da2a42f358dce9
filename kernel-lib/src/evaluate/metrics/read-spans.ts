// Reads a phrase or a number out of an answer.
import { hasLeadIn, isCopy, withoutLeadIn } from "./answer-text.js";
import { numbersIn, readNumber } from "./written-number.js";

/** One line that is not the input and does not begin with "The answer is". */
export function strictSpan(text: string, input: string): string | null {
  return text === "" || text.includes("\n") || isCopy(text, input) || hasLeadIn(text) ? null : text;
}

/** The first line without "The answer is", its quotes and its full stop. */
export function lenientSpan(text: string): string | null {
  const line = withoutLeadIn((text.split("\n")[0] ?? "").trim());
  return line.replace(/^["'“‘`]+|["'”’`]*\.?["'”’`]*$/g, "").trim() || null;
}

const decision = /^(yes|no)(?![\p{L}\p{N}])(?!\.\s*\d)/iu;

/** A number and nothing else; `yes` and `no` are answers to questions that compare numbers. */
export function strictNumber(text: string): string | null {
  if (/^(?:yes|no)\.?$/i.test(text)) return text.replace(".", "").toLowerCase();
  return readNumber(text) === null ? null : text.replace(/\.$/, "");
}

/**
 * The number after the last "=" or "answer" of the text; without such a mark its last number, as lm-evaluation-harness reads worked
 * answers. A text that begins with yes or no says that.
 */
export function lenientNumber(paragraph: string): string | null {
  const answer = withoutLeadIn(paragraph);
  const decided = decision.exec(answer)?.[1];
  if (decided !== undefined) return decided.toLowerCase();
  const marked = /^.*(?:=|\banswers?\b)(.*)$/is.exec(paragraph)?.[1];
  return (marked === undefined ? undefined : numbersIn(marked)[0]) ?? numbersIn(answer).at(-1) ?? null;
}
