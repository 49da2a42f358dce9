// What a benchmark task is: data, with a version, a licence and its files by checksum, after lm-evaluation-harness.
// A new task is one more file that fills this shape, and one more line in registry.ts.

/** The metrics a task can ask for; its first one is the one that tables lead with. */
export const metricNames = ["token-f1", "rouge-l", "entity-f1", "accuracy"] as const;
export type MetricName = (typeof metricNames)[number];

/** `test` is scored; `demonstrations` only ever stands in prompts, as shots. */
export const splits = ["test", "demonstrations"] as const;
export type Split = (typeof splits)[number];

/**
 * The form an answer must have.
 * - `list`: `name, name`, or `none`
 * - `typed-list`: `name <Type>, name <Type>`, or `none`
 * - `label`: one of the task's labels
 * - `text`: free text
 */
export type AnswerFormat = "list" | "typed-list" | "label" | "text";

/** A named entity as it stands in the item's input. */
export interface Entity {
  text: string;
  type: string;
}

/** One question to a model. */
export interface TaskItem {
  /** Unique within the task, the same in every run: `test-0017` (the file's 17th sentence) or the source's own id. */
  id: string;
  /** What follows the task's instruction in the prompt. */
  input: string;
  /** The right answer, written as the answer format asks. */
  gold: string;
  /** Every right answer where there are several; absent where `gold` is the only one. */
  golds?: string[];
  /** Extraction tasks: every mention, in text order, repeats included; `text` is a verbatim part of `input`. */
  entities?: Entity[];
  /** Classification tasks: one of the task's labels, equal to `gold`. */
  label?: string;
  /** The document the item was taken from, where the source tells. */
  document?: string;
}

/** A file of the original benchmark, pinned by commit and checksum. */
export interface BenchmarkFile {
  /** Relative path by which the file is found in a benchmark folder: `ncbi-disease/test.tsv`. */
  name: string;
  sha256: string;
  bytes: number;
  /** Where it is downloaded from: the raw file of one commit. */
  url: string;
  /** What it holds: `{ sentences: 940, entities: 960 }`. */
  rows: Record<string, number>;
}

export interface BenchmarkTask {
  id: string;
  /** The name that tables and figures show. */
  title: string;
  /** Raised whenever the prompt, the items or their gold answers change. */
  version: number;
  domain: string;
  source: {
    /** `owner/name` on GitHub. */
    repository: string;
    commit: string;
    /** The file or folder inside the repository. */
    path: string;
  };
  licence: string;
  files: BenchmarkFile[];
  /** The instruction every item's prompt begins with; our wording. */
  instruction: string;
  answerFormat: AnswerFormat;
  /** `label`: what may be answered. `typed-list`: the entity types. */
  labels?: readonly string[];
  /** The main metric first. */
  metrics: readonly [MetricName, ...MetricName[]];
  /**
   * True where items without any entity are left out of what is scored and shown: most sentences of these corpora hold
   * none, and a system that always answers `none` would lead the table.
   */
  requiresEntity: boolean;
  /**
   * All items of a split, in file order. `read` returns the text of one of `files` by its name.
   * @throws InputError naming file and line (or id) of what cannot be read.
   */
  load(read: (name: string) => string, split: Split): TaskItem[];
}
