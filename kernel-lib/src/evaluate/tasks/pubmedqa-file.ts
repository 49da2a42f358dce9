// Reads PubMedQA's expert-labelled set (Jin et al. 2019): `ori_pqal.json` holds all questions by PubMed id,
// `test_ground_truth.json` says which of them are the test set; the others are for demonstrations.
import { z } from "zod";
import { InputError } from "../../runtime/index.js";
import { githubFile } from "./github-file.js";
import { parseJsonSource } from "./json-source.js";
import type { BenchmarkTask, SourceFiles, Split } from "./task.js";

const questionsFile = "pubmedqa/ori_pqal.json";
const testFile = "pubmedqa/test_ground_truth.json";

export const decisions = ["yes", "no", "maybe"] as const;

/** What both tasks over this file share. */
export const pubmedqaOrigin: Pick<
  BenchmarkTask,
  "domain" | "suite" | "source" | "licence" | "files" | "splits" | "inputFormat" | "requiresEntity"
> = (() => {
  const source = { repository: "pubmedqa/pubmedqa", commit: "1cbae8e92f72f20c8d3747cbb3bf5bc53554d997", path: "data" };
  return {
    domain: "biomedicine",
    suite: "paper",
    source,
    licence: "MIT",
    files: [
      githubFile(source, {
        name: questionsFile,
        path: "data/ori_pqal.json",
        sha256: "8b3276be8942ebbd77f3ddcda12c1749bf0e490045a736fd8438ee40cf37a41d",
        bytes: 2_584_787,
        rows: { items: 1000 },
      }),
      githubFile(source, {
        name: testFile,
        path: "data/test_ground_truth.json",
        sha256: "939fe566f09017d13b1ca64d2ddfee0bc2374b366048152997669cccedc44d51",
        bytes: 11_414,
        rows: { items: 500 },
      }),
    ],
    splits: { test: "the official 500 test questions", demonstrations: "the other 500 expert-labelled ones" },
    inputFormat: "the abstract without its conclusion, then the question",
    requiresEntity: false,
  };
})();

const questionsSchema = z.record(
  z.string(),
  z.object({
    QUESTION: z.string().min(1),
    CONTEXTS: z.array(z.string()).min(1),
    final_decision: z.enum(decisions),
    LONG_ANSWER: z.string().min(1),
  }),
);
const testSchema = z.record(z.string(), z.enum(decisions));

export interface PubmedqaQuestion {
  /** The PubMed id. */
  id: string;
  question: string;
  /** The abstract without its conclusion, sections joined by a space. */
  context: string;
  decision: (typeof decisions)[number];
  /** The abstract's conclusion. */
  longAnswer: string;
}

/** The questions of a split, in file order. */
export function readPubmedqa(source: Pick<SourceFiles, "text">, split: Split): PubmedqaQuestion[] {
  const questions = parseJsonSource({ text: source.text(questionsFile), name: questionsFile, schema: questionsSchema });
  const test = parseJsonSource({ text: source.text(testFile), name: testFile, schema: testSchema });
  const lost = Object.entries(test).find(([id, decision]) => questions[id]?.final_decision !== decision);
  if (lost)
    throw new InputError({
      got: `${testFile} says "${lost[1]}" for ${lost[0]}, ${questionsFile} ${questions[lost[0]]?.final_decision ?? "does not have it"}`,
      allowed: "two files that agree",
      todo: "fetch both again",
    });
  return Object.entries(questions)
    .filter(([id]) => id in test === (split === "test"))
    .map(([id, entry]) => ({
      id,
      question: entry.QUESTION,
      context: entry.CONTEXTS.join(" "),
      decision: entry.final_decision,
      longAnswer: entry.LONG_ANSWER,
    }));
}

/** Words of the context that a prompt shows. The results stand last in an abstract, and a small model on a CPU reads 100 words, not 300. */
export const contextWords = 100;

/** The input of both tasks: the last {@link contextWords} words of the context, then the question. */
export function renderQuestion({ context, question }: PubmedqaQuestion): string {
  const words = context.split(/\s+/).filter(Boolean);
  return `Context: ${words.slice(-contextWords).join(" ")}\nQuestion: ${question}`;
}
