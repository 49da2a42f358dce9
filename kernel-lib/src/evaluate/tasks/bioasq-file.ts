// Reads a golden file of BioASQ's task B (Tsatsaronis et al. 2015): questions of four types with snippets of abstracts and exact
// answers. Nobody may pass these files on, so it is the user's own; any year's is read, the paper's is 8b.
import { z } from "zod";
import { InputError } from "../../runtime/index.js";
import { splitByContent } from "./content-split.js";
import { parseJsonSource } from "./json-source.js";
import type { BenchmarkTask, SourceFiles, Split } from "./task.js";

/** Of the questions; the others are demonstrations. */
const testShare = 0.8;

const goldenFile = "bioasq/golden.json";

/** What the three tasks over this file share. */
export const bioasqOrigin: Pick<
  BenchmarkTask,
  "version" | "domain" | "suite" | "source" | "licence" | "files" | "splits" | "inputFormat" | "requiresEntity"
> = {
  version: 1,
  domain: "biomedicine",
  suite: "paper",
  source: { repository: "BioASQ participants' area", path: "golden file of task B (8b in the paper)" },
  licence: "BioASQ's terms, after registration; not to be passed on",
  files: [
    {
      name: goldenFile,
      obtain: `register with BioASQ, download a golden file of task B and put it as ${goldenFile} into a folder that --from or SELFSPEC_BENCHMARKS names`,
    },
  ],
  splits: {
    test: "four in five questions by a hash, for want of an official split",
    demonstrations: "every fifth question",
  },
  inputFormat: "the first words of the snippets, then the question",
  requiresEntity: false,
};

const questionTypes = ["factoid", "list", "yesno", "summary"] as const;
type AskedType = Exclude<(typeof questionTypes)[number], "summary">;

const goldenSchema = z.object({
  questions: z.array(
    z.object({
      id: z.string().min(1),
      type: z.enum(questionTypes),
      body: z.string().min(1),
      snippets: z.array(z.object({ text: z.string() })).default([]),
      /** `"yes"`; a name, names, or lists of spellings, as the years and the types vary. */
      exact_answer: z.union([z.string(), z.array(z.union([z.string(), z.array(z.string())]))]).optional(),
    }),
  ),
});

export interface BioasqQuestion {
  id: string;
  /** Context and question, as the prompt shows them. */
  input: string;
  /** For each part of the answer every right spelling, the first one first. */
  answers: string[][];
}

/** Words of the snippets that a prompt shows; they come in the annotators' order, and a small model on a CPU reads few. */
export const snippetWords = 150;

function renderInput(body: string, snippets: readonly { text: string }[]): string {
  const words = snippets.flatMap(({ text }) => text.split(/\s+/)).filter(Boolean);
  const question = `Question: ${body.trim()}`;
  return words.length === 0 ? question : `Context: ${words.slice(0, snippetWords).join(" ")}\n${question}`;
}

/** The questions of one type in a split, in file order. @throws InputError naming a question without an answer. */
export function readBioasq(source: Pick<SourceFiles, "text">, split: Split, type: AskedType): BioasqQuestion[] {
  const allowed = "a golden file of BioASQ's task B: questions with id, type, body, snippets and exact_answer";
  const { questions } = parseJsonSource({ text: source.text(goldenFile), name: goldenFile, schema: goldenSchema });
  return questions
    .filter((question) => question.type === type && splitByContent(question.id, testShare) === split)
    .map(({ id, body, snippets, exact_answer: exact = [] }) => {
      const answers = [exact]
        .flat()
        .map((part) =>
          [part]
            .flat()
            .map((spelling) => spelling.trim())
            .filter(Boolean),
        )
        .filter((spellings) => spellings.length > 0);
      if (answers.length > 0) return { id, input: renderInput(body, snippets), answers };
      throw new InputError({
        got: `${goldenFile} has no exact answer to ${id}`,
        allowed,
        todo: "take a file that has the answers",
      });
    });
}
