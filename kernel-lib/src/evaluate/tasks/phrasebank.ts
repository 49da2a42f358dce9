// Financial PhraseBank (Malo et al. 2014): is a sentence of financial news good, bad or no news for who holds the share?
// The part in which at least half of the annotators agree, `sentence@label` a line.
import { InputError } from "../../runtime/index.js";
import { splitByContent } from "./content-split.js";
import { githubFile } from "./github-file.js";
import type { BenchmarkTask } from "./task.js";

const sentiments = ["positive", "negative", "neutral"] as const;
const fileName = "phrasebank/Sentences_50Agree.txt";
const testShare = 1 / 5;
const source = {
  repository: "pkatwate/finBERT",
  commit: "5ca56265657fe3fc2fd6c3576aa3933f61b7a5bc",
  path: "Sentences_50Agree.txt",
};

export interface LabelledSentence {
  /** From 1; also the line's number. */
  line: number;
  sentence: string;
  label: (typeof sentiments)[number];
}

/**
 * Every line of the file. An `@` may be part of a sentence, so the label stands behind the last one.
 * @throws InputError with the line that has no label, or an unknown one.
 */
export function readPhrasebank(text: string): LabelledSentence[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === "") return [];
    const at = line.lastIndexOf("@");
    const sentence = line.slice(0, Math.max(at, 0)).trim();
    const label = sentiments.find((known) => known === line.slice(at + 1).trim());
    if (sentence === "" || label === undefined)
      throw new InputError({
        got: `${fileName}:${index + 1} is "${line}"`,
        allowed: `sentence@label with ${sentiments.join(", ")}`,
        todo: "correct that line or fetch the file again",
      });
    return [{ line: index + 1, sentence, label }];
  });
}

/** Each sentence once; left out where it stands twice with two labels, since no answer to it is right. */
function withoutRepeats(lines: readonly LabelledSentence[]): LabelledSentence[] {
  const first = new Map<string, LabelledSentence>();
  const contradicted = new Set<string>();
  for (const line of lines) {
    const earlier = first.get(line.sentence);
    if (earlier === undefined) first.set(line.sentence, line);
    else if (earlier.label !== line.label) contradicted.add(line.sentence);
  }
  return [...first.values()].filter(({ sentence }) => !contradicted.has(sentence));
}

export const phrasebank: BenchmarkTask = {
  id: "phrasebank",
  title: "Financial PhraseBank",
  version: 1,
  domain: "finance",
  suite: "ours",
  card: "Sentences of financial news on Finnish companies with the sentiment that most of 5 to 8 annotators saw, for the part where at least half agreed. This project's choice: the paper's finance tasks are not known. The set has no official split, so ours compares with no published one. Six repeated lines are read once, two sentences with contradicting labels are left out, and letters outside ASCII are garbled in the source. About 60 % of the sentences are neutral, hence macro F1 first.",
  source,
  licence: "CC BY-NC-SA 3.0 (the data set's card); the repository states none",
  files: [
    githubFile(source, {
      name: fileName,
      path: source.path,
      sha256: "62bfa1a67f7b476a7e67fda3213d8d7f6890f5aaccdbc747c7555b94fc6cd171",
      bytes: 671_518,
      rows: { sentences: 4846 },
    }),
  ],
  splits: { test: "a fifth of the sentences, by the hash of the sentence", demonstrations: "the other four fifths" },
  instruction:
    "Read the sentence from financial news and decide what it means for the company's share price from an investor's point of view. Answer with one word: positive, negative or neutral.",
  inputFormat: "one sentence, as the source has it: its tokens stand apart",
  answerFormat: "label",
  labels: sentiments,
  metrics: ["macro-f1", "accuracy"],
  requiresEntity: false,
  load: (files, split) =>
    withoutRepeats(readPhrasebank(files.text(fileName)))
      .filter(({ sentence }) => splitByContent(sentence, testShare) === split)
      .map(({ line, sentence, label }) => ({
        id: `line-${String(line).padStart(4, "0")}`,
        input: sentence,
        gold: label,
        label,
      })),
};
