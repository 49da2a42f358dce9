// Gold news headlines (Sinha & Khandait 2021): yes/no questions on what a headline says of the gold price, as FLUE
// (Shah et al. 2022) and BloombergGPT ask them.
import { parse } from "csv-parse/sync";
import { z } from "zod";
import { InputError } from "../../runtime/index.js";
import { splitByContent } from "./content-split.js";
import { githubFile } from "./github-file.js";
import type { BenchmarkTask } from "./task.js";

const answers = ["yes", "no"] as const;
const fileName = "headlines/gold-dataset-sinha-khandait.csv";
const testShare = 1 / 5;
const source = {
  repository: "TGajanan/Sentiment-Analysis-of-Commodity-News-Gold-NLP",
  commit: "fa6241c326aab939a62b9f62904d6a421dbf84d4",
  path: "gold-dataset-sinha-khandait.csv",
};

/** The question asked for each column; `Asset Comparision` is spelled as the source spells it. */
const questions = [
  { key: "up", column: "Price Direction Up", question: "Does the headline say that the price of gold goes up?" },
  {
    key: "constant",
    column: "Price Direction Constant",
    question: "Does the headline say that the price of gold stays where it is?",
  },
  { key: "down", column: "Price Direction Down", question: "Does the headline say that the price of gold goes down?" },
  { key: "comparison", column: "Asset Comparision", question: "Does the headline compare gold with another asset?" },
  { key: "past", column: "Past Information", question: "Does the headline tell of something in the past?" },
  { key: "future", column: "Future Information", question: "Does the headline tell of something in the future?" },
] as const;

const flag = z.enum(["0", "1"], "neither 0 nor 1");
const rowSchema = z.object({
  News: z.string().trim().min(1),
  "Price Direction Up": flag,
  "Price Direction Constant": flag,
  "Price Direction Down": flag,
  "Asset Comparision": flag,
  "Past Information": flag,
  "Future Information": flag,
});

/**
 * The headlines with their flags, in file order. Named .csv, the file is separated by tabs, and a quoted field may hold a line break.
 * @throws InputError with the row (from 1, without the header) that cannot be read.
 */
export function readHeadlines(text: string): z.infer<typeof rowSchema>[] {
  const refuse = (got: string): never => {
    throw new InputError({
      got: `${fileName} ${got}`,
      allowed: "tab-separated rows with News and six columns of 0 or 1",
      todo: "correct it or fetch the file again",
    });
  };
  let rows: unknown[];
  try {
    rows = parse(text, { delimiter: "\t", columns: true, skip_empty_lines: true });
  } catch (error) {
    return refuse(`cannot be read (${(error as Error).message})`);
  }
  return rows.map((row, index) => {
    const parsed = rowSchema.safeParse(row);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0]!;
    return refuse(`row ${index + 1}, column ${issue.path.join(".")}: ${issue.message}`);
  });
}

export const headlines: BenchmarkTask = {
  id: "headlines",
  title: "Gold headlines",
  version: 1,
  domain: "finance",
  suite: "ours",
  card: "Six yes/no questions on each news headline about gold: does its price go up, stay, go down, is gold compared, does it tell of the past, of the future. This project's choice: the paper's finance tasks are not known. BloombergGPT asks nine; this copy of the set has six columns. The questions on one headline are drawn together in the bootstrap. Nearly all headlines tell of the past (97 %) and few of the future (3 %), so macro F1 comes first and always answering no is a strong accuracy. The set has no official split, and its two sides resemble each other: 979 of the 2,118 test headlines are near-duplicates of one that may be shown, so that 6,834 of the 12,708 items are clean; the six questions are the task's own wording and make no two items alike. Read scores with demonstrations, and the clean subset, with that in mind.",
  source,
  licence: "unknown",
  files: [
    githubFile(source, {
      name: fileName,
      path: source.path,
      sha256: "aa8da098eca309fbd4700a3841cebb52c64cddf6f9f9bb6537dff7add223c57b",
      bytes: 1_942_275,
      rows: { rows: 10_570 },
    }),
  ],
  splits: {
    test: "a fifth of the headlines, by the hash of the headline in lower case",
    demonstrations: "the other four fifths",
  },
  instruction: "Read the news headline about gold and answer the question. Answer with one word: yes or no.",
  inputFormat: "the headline, then one of six questions",
  fixedWording: questions.map(({ question }) => question),
  answerFormat: "label",
  labels: answers,
  metrics: ["macro-f1", "accuracy"],
  requiresEntity: false,
  load: (files, split) =>
    readHeadlines(files.text(fileName)).flatMap((row, index) => {
      const headline = row.News.replace(/\s+/g, " ");
      if (splitByContent(headline.toLowerCase(), testShare) !== split) return [];
      const document = `row-${String(index + 1).padStart(5, "0")}`;
      return questions.map(({ key, column, question }) => {
        const label = row[column] === "1" ? "yes" : "no";
        return { id: `${document}-${key}`, input: `Headline: ${headline}\nQuestion: ${question}`, gold: label, label, document };
      });
    }),
};
