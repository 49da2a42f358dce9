// TAT-QA (Zhu et al. 2021): questions on a table of a financial report and the paragraphs around it, from look-ups to calculations.
import { splitByContent } from "./content-split.js";
import { githubFile } from "./github-file.js";
import type { BenchmarkTask } from "./task.js";
import { answersOf, readTatqa, renderDocument } from "./tatqa-file.js";

const fileName = "tatqa/tatqa_dataset_dev.json";
const testShare = 4 / 5;
const source = {
  repository: "NExTplusplus/TAT-QA",
  commit: "870accc41953dcde885aabeb963d94aabdc0fbc3",
  path: "dataset_raw/tatqa_dataset_dev.json",
};

export const tatqa: BenchmarkTask = {
  id: "tatqa",
  title: "TAT-QA",
  version: 1,
  domain: "finance",
  suite: "ours",
  card: "Questions on a table of a financial report and its paragraphs: 701 ask for a phrase or figure, 217 for several, 718 for a calculation, 32 for a count. This project's choice: the paper's finance tasks are not known. These are the development questions, split by document. Figures are compared as numbers, with their scale (thousand, million, billion, percent), all other answers as normalised text; the official scorer gives partial credit for phrases, which the token F1 beside shows. Several parts are right in the source's order or the reverse. The questions on one table are drawn together in the bootstrap.",
  source,
  licence: "data: CC BY 4.0; code: MIT",
  files: [
    githubFile(source, {
      name: fileName,
      path: source.path,
      sha256: "8da095a819af6db3c14877c6df2d4d29960e41d1a63dd1fa853507bd2a616af5",
      bytes: 1_637_431,
      rows: { documents: 278, questions: 1668 },
    }),
  ],
  splits: {
    test: "the questions on four fifths of the tables, by the hash of the table's id",
    demonstrations: "those on the other fifth",
  },
  instruction:
    "Read the table and the text from a company's financial report and answer the question in one line. Copy a phrase or a figure exactly as it is written; calculate where it takes a calculation, to two decimals. Write the scale behind a figure where it has one: 12.5 million, 3%. Separate several answers by semicolons.",
  inputFormat: "the table as rows of cells between bars, the paragraphs, then the question",
  answerFormat: "span",
  maxTokens: 64,
  metrics: ["numeric-match", "token-f1", "exact-match"],
  requiresEntity: false,
  load: (files, split) =>
    readTatqa({ text: files.text(fileName), name: fileName })
      .filter(({ table }) => splitByContent(table.uid, testShare) === split)
      .flatMap((document) =>
        document.questions.map((entry) => {
          const [gold, ...others] = answersOf(entry);
          return {
            id: entry.uid,
            input: `${renderDocument(document)}\nQuestion: ${entry.question}`,
            gold,
            ...(others.length > 0 && { golds: [gold, ...others] }),
            document: document.table.uid,
          };
        }),
      ),
};
