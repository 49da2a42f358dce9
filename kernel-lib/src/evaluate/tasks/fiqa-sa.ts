// FiQA 2018, task 1 (Maia et al. 2018): the sentiment that a headline or post has towards one target in it, here as three labels.
import { z } from "zod";
import { githubFile } from "./github-file.js";
import { parseJsonSource } from "./json-source.js";
import type { BenchmarkTask, SourceFiles, Split, TaskItem } from "./task.js";

const sentiments = ["positive", "negative", "neutral"] as const;
const kinds = ["headline", "post"] as const;
type Kind = (typeof kinds)[number];
const source = { repository: "elinsky/fiqa", commit: "0caa0fdb3a684c06bea2ba97d96b928d737c8146", path: "data" };
const partOfSplit: Record<Split, "train" | "test"> = { demonstrations: "train", test: "test" };
const fileName = (kind: Kind, split: Split): string => `fiqa-sa/task1_${kind}_ABSA_${partOfSplit[split]}.json`;

const fileSchema = z.record(
  z.string(),
  z.object({
    sentence: z.string().min(1),
    info: z
      .array(
        z.object({
          target: z.string().min(1),
          sentiment_score: z
            .string()
            .regex(/^-?\d+(\.\d+)?$/, "no number")
            .transform(Number)
            .refine((score) => Math.abs(score) <= 1, "not from -1 to 1"),
        }),
      )
      .min(1),
  }),
);

/** From 0.1 upwards positive, below −0.1 negative, between them neutral: the thresholds that FinGPT's benchmark uses. */
export function sentimentOf(score: number): (typeof sentiments)[number] {
  if (score >= 0.1) return "positive";
  return score < -0.1 ? "negative" : "neutral";
}

/** The sentences of both kinds with their targets; a sentence's id is unique within its kind. */
function readSentences(files: SourceFiles, split: Split) {
  return kinds.flatMap((kind) => {
    const name = fileName(kind, split);
    const sentences = parseJsonSource({ text: files.text(name), name, schema: fileSchema });
    return Object.entries(sentences).map(([id, { sentence, info }]) => ({ id: `${kind}-${id}`, kind, sentence, info }));
  });
}

const sameSentence = (sentence: string): string =>
  sentence
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

function load(files: SourceFiles, split: Split): TaskItem[] {
  const kept = new Set(split === "test" ? [] : readSentences(files, "test").map(({ sentence }) => sameSentence(sentence)));
  return readSentences(files, split)
    .filter(({ sentence }) => !kept.has(sameSentence(sentence)))
    .flatMap(({ id, kind, sentence, info }) =>
      info.map(({ target, sentiment_score: score }, index): TaskItem => {
        const label = sentimentOf(score);
        const heading = kind === "headline" ? "Headline" : "Post";
        return {
          id: `${id}-${index + 1}`,
          input: `${heading}: ${sentence}\nTarget: ${target}`,
          gold: label,
          label,
          document: id,
        };
      }),
    );
}

const file = (kind: Kind, split: Split, pinned: { sha256: string; bytes: number; rows: Record<string, number> }) => {
  const name = fileName(kind, split);
  return githubFile(source, { name, path: name.replace("fiqa-sa", source.path), ...pinned });
};

export const fiqaSa: BenchmarkTask = {
  id: "fiqa-sa",
  title: "FiQA-SA",
  version: 1,
  domain: "finance",
  suite: "ours",
  card: "Financial headlines and posts; an item is a sentence with one target in it, scored from -1 to 1 by experts. This project's choice: the paper's finance tasks are not known. The scores become three labels at the thresholds of FinGPT's benchmark: positive from 0.1, negative below -0.1. What is scored is the repository's own hold-out of the challenge's training data, not the challenge's test set, so scores compare with no leaderboard. A headline may have several targets, which are drawn together in the bootstrap. One training sentence stands in the hold-out too and is never shown.",
  source,
  licence: "MIT (repository); the data's terms are unknown",
  files: [
    file("headline", "test", {
      sha256: "461258bb5aec13e9ed811cbe38def957c42b9e36a6c0ad51c9d8559e14d8f0f5",
      bytes: 34_847,
      rows: { sentences: 100, targets: 119 },
    }),
    file("post", "test", {
      sha256: "5d15e178608e5098772e375745c43328d12ee53c84870bce858f8f0eda62586c",
      bytes: 33_158,
      rows: { sentences: 100, targets: 100 },
    }),
    file("headline", "demonstrations", {
      sha256: "f19c87f9b6aed5a167c44e08660dbe0ad4655b4476d5bfc4065ff194c4395120",
      bytes: 112_846,
      rows: { sentences: 336, targets: 379 },
    }),
    file("post", "demonstrations", {
      sha256: "54525e07d8d26f9666c0ea83dc3aa1f892ac4f4ea107d83ce24845190083444a",
      bytes: 193_776,
      rows: { sentences: 575, targets: 575 },
    }),
  ],
  splits: {
    test: "the repository's hold-out files, headlines then posts",
    demonstrations: "its training files without the sentences of the hold-out",
  },
  instruction:
    "Read the financial headline or post and decide which sentiment it expresses towards the target. Answer with one word: positive, negative or neutral.",
  inputFormat: "the headline or post, then the target in it",
  answerFormat: "label",
  labels: sentiments,
  metrics: ["macro-f1", "accuracy"],
  requiresEntity: false,
  load,
};
