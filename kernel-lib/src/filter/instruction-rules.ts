// Rules for a written task before it is answered. The wording rules and their numbers are Self-Instruct's (Wang et al. 2023, the
// post-processing of generated instructions); the rest say when a base model's text is no task at all.
import { rougeL } from "./rouge-l.js";
import { type Breach, measuredRule, type Rule, wordCount } from "./rule.js";
import { loopRule, wrongLanguageRule, wrongScriptRule } from "./text-rules.js";

/** A task as it was parsed from the model's text. */
export interface TaskDraft {
  /** Empty where no instruction could be read. */
  instruction: string;
  /** Null where the text has no input section; empty where it says that none is needed. */
  input: string | null;
  /** "length" when the model was stopped by the token limit. */
  finishReason: string;
}

const breaches = (broken: boolean): Breach | null => (broken ? {} : null);

const blackListed =
  /\b(?:images?|graphs?|pictures?|files?|maps?|draw|plot|go to|video|audio|music|flowcharts?|diagrams?|screenshots?|url|https?)\b/i;

/** What a text opens with in Unicode terms: Self-Instruct drops punctuation and anything that is not English. */
const opensOddly = /^(?:\p{P}|[^\p{ASCII}])/u;

/** A gap left to be filled in: "[insert text]", "<input>", "...", "___". */
const placeholder =
  /^\W*$|\[(?:insert|your|name|text|input|patient|sentence)[^\]]*\]|<(?:input|text|sentence|insert)[^>]*>|_{3,}/i;

const wholeTask = ({ instruction, input }: TaskDraft): string => `${instruction}\n${input ?? ""}`;

/** What a statement opens with, and an instruction or a question hardly ever. */
const opensStatement =
  /^(?:the|an?|this|these|those|that|there|it|its|he|she|his|her|they|their|i|my|we|our|you|your|some|many|most|all|one|in \d+|\d[\d.,%]*)\b/i;

/** For models that write a sentence of a text where the task belongs: dropped unless some sentence of it commands or asks. */
export const statementRule: Rule<TaskDraft> = {
  name: "statement",
  reason: "no sentence of the instruction commands or asks anything (ours; not in Self-Instruct)",
  test: ({ instruction }) =>
    breaches(!instruction.includes("?") && instruction.split(/(?<=[.!:;]) /).every((sentence) => opensStatement.test(sentence))),
};

/** For models that leave a word or two where the text to work on belongs. */
export function shortInputRule(minWords: number): Rule<TaskDraft> {
  return measuredRule({
    name: "short-input",
    reason: "the input is too short to work on (Self-MoE's sixth requirement asks for substantial ones)",
    limit: "at least",
    threshold: minWords,
    score: ({ input }) => (input === null ? null : wordCount(input)),
  });
}

/** In the order in which they are asked. */
export const instructionRules: readonly Rule<TaskDraft>[] = [
  {
    name: "no-instruction",
    reason: "the text holds nothing that reads as an instruction",
    test: ({ instruction }) => breaches(instruction === ""),
  },
  {
    name: "cut-off",
    reason: "the token limit cut the text, so its last part is not whole (Self-Instruct drops it too)",
    test: ({ finishReason }) => breaches(finishReason === "length"),
  },
  measuredRule({
    name: "too-short",
    reason: "three words or fewer are no instruction (Self-Instruct)",
    limit: "at least",
    threshold: 4,
    score: ({ instruction }) => wordCount(instruction),
  }),
  measuredRule({
    name: "too-long",
    reason: "more than 150 words are no instruction (Self-Instruct)",
    limit: "at most",
    threshold: 150,
    score: ({ instruction }) => wordCount(instruction),
  }),
  {
    name: "black-listed-word",
    reason: "a text model can neither see nor draw (Self-Instruct's list, with Alpaca's additions)",
    test: ({ instruction }) => breaches(blackListed.test(instruction)),
  },
  {
    name: "write-a-program",
    reason: "such instructions rarely say which program (Self-Instruct)",
    test: ({ instruction }) => breaches(/^write a program/i.test(instruction)),
  },
  {
    name: "odd-opening",
    reason: "an instruction that opens with punctuation or in another script is a fragment (Self-Instruct)",
    test: ({ instruction }) => breaches(opensOddly.test(instruction)),
  },
  wrongScriptRule(wholeTask),
  loopRule(wholeTask),
  wrongLanguageRule(({ instruction, input }) => [instruction, input ?? ""]),
  {
    name: "no-input",
    reason: "the task has no input section; the paper's model writes the context together with the instruction",
    test: ({ input }) => breaches(input === null),
  },
  measuredRule({
    name: "input-is-instruction",
    reason: "the model repeated the instruction instead of writing an input",
    limit: "at most",
    threshold: 0.7, // as novelty has it
    score: ({ instruction, input }) => (input === null ? null : rougeL({ prediction: input, target: instruction }).f1),
  }),
  {
    name: "input-is-label",
    reason: "the model wrote an answer where the input belongs",
    test: ({ input }) => breaches(/^\W*(?:yes|no|maybe|true|false)\b[^a-z]*$/i.test(input ?? "")),
  },
  {
    name: "input-ends-in-colon",
    reason: "what the colon announces is missing (Self-Instruct's instance filter)",
    test: ({ input }) => breaches(input?.endsWith(":") ?? false),
  },
  {
    name: "placeholder",
    reason: "the input is a gap to be filled in, not a text (Self-MoE's sixth requirement)",
    test: ({ input }) => breaches(input !== null && input !== "" && placeholder.test(input)),
  },
];
