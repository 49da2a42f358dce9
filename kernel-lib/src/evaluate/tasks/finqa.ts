// FinQA (Chen et al. 2021): a calculation over a page of a company's report, text and table, in the form that PIXIU
// (Xie et al. 2023) publishes: one prompt a line, of which the page and the question are taken and the wording is left.
import { z } from "zod";
import { InputError, sha256 } from "../../runtime/index.js";
import { splitByContent } from "./content-split.js";
import { githubFile } from "./github-file.js";
import { parseJsonSource } from "./json-source.js";
import type { BenchmarkTask } from "./task.js";

const fileName = "finqa/valid.jsonl";
const testShare = 4 / 5;
const source = {
  repository: "chancefocus/PIXIU",
  commit: "1fe354b361b4030caea74ee4d4ed9320e5814414",
  path: "data/FinQA/valid.jsonl",
};

const answerForm = /^(?:yes|no|-?\d+(?:\.(\d+))?(?:e-(\d+))?)$/;
const lineSchema = z.object({
  id: z.string().min(1),
  conversations: z.tuple([
    z.object({ from: z.literal("human"), value: z.string() }),
    z.object({
      from: z.literal("assistant"),
      value: z.string().regex(answerForm, "no number, yes or no"),
    }),
  ]),
});

export interface FinqaQuestion {
  id: string;
  /** The page's text and table, as the source has them. */
  context: string;
  question: string;
  /** A decimal number without an exponent, as precise as the source writes it, or yes or no. */
  answer: string;
}

/** `1e-05` as `0.00001`. */
function withoutExponent(written: string): string {
  const [, decimals = "", exponent] = answerForm.exec(written) ?? [];
  return exponent === undefined ? written : Number(written).toFixed(decimals.length + Number(exponent));
}

/**
 * Every line of the file, in order.
 * @throws InputError with the line that is no question in PIXIU's form.
 */
export function readFinqa(text: string): FinqaQuestion[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === "") return [];
    const name = `${fileName}:${index + 1}`;
    const { id, conversations } = parseJsonSource({ text: line, name, schema: lineSchema });
    const [human, assistant] = conversations;
    const parts = /\nContext:\s*(.+?)\s*\nQuestion:\s*(.+?)\s*\nAnswer:\s*$/s.exec(human.value);
    if (!parts)
      throw new InputError({
        got: `${name} has a prompt without its parts`,
        allowed: "an instruction, Context:, Question: and Answer: on lines of their own",
        todo: "correct that line or fetch the file again",
      });
    return [{ id, context: parts[1]!, question: parts[2]!, answer: withoutExponent(assistant.value) }];
  });
}

export const finqa: BenchmarkTask = {
  id: "finqa",
  title: "FinQA",
  version: 1,
  domain: "finance",
  suite: "ours",
  card: "Questions on a page of a company's annual report that take a calculation over its table and text. This project's choice: the paper's finance tasks are not known. These are the 883 validation questions as PIXIU gives them, split by page, so scores compare with no leaderboard. Right answers are what the annotated program computes, to five decimals, with a percentage as a fraction (0.25 for 25 %), ten of them yes or no. The text is in lower case and tokenised, with remnants of broken characters (2019s for an apostrophe). Pages are long: 4,100 characters in the median, 9,100 at most; seven questions are asked twice and read once.",
  source,
  licence: "MIT",
  files: [
    githubFile(source, {
      name: fileName,
      path: source.path,
      sha256: "a19d5889819cf62a891eb7eeed76d8f9ba8278d2eec6c0aae5117a80f32f94ed",
      bytes: 3_764_465,
      rows: { items: 883 },
    }),
  ],
  splits: {
    test: "the questions on four fifths of the pages, by the hash of the page",
    demonstrations: "those on the other fifth",
  },
  instruction:
    "Read the page from a company's financial report, text and table, and work out the answer to the question. Answer with the number alone, without a unit, and with a percentage as a decimal fraction (0.25 for 25%). Where the question asks whether something is so, answer yes or no.",
  inputFormat: "the page's text with its table as rows between bars, then the question",
  answerFormat: "number",
  metrics: ["numeric-match", "exact-match"],
  requiresEntity: false,
  load(files, split) {
    const questions = readFinqa(files.text(fileName)).map((entry) => ({ ...entry, key: `${entry.context}\n${entry.question}` }));
    const firstOf = new Map([...questions].reverse().map(({ key, id }) => [key, id]));
    return questions
      .filter(({ id, key, context }) => firstOf.get(key) === id && splitByContent(context, testShare) === split)
      .map(({ id, context, question, answer }) => ({
        id,
        input: `Context: ${context}\nQuestion: ${question}`,
        gold: answer,
        document: `page-${sha256(context).slice(0, 12)}`,
      }));
  },
};
