// What a benchmark task is: data, with a version, a licence and its files by checksum, after lm-evaluation-harness.
// A new task is one more file that fills this shape, and one more line in registry.ts.

/** The metrics a task can ask for; its first one is the one that tables lead with. */
export const metricNames = [
  "token-f1",
  "box-f1",
  "exact-match",
  "rouge-l",
  "rouge-l-stem",
  "entity-f1",
  "list-f1",
  "multilabel-f1",
  "accuracy",
  "macro-f1",
  "numeric-match",
] as const;
export type MetricName = (typeof metricNames)[number];

/** `test` is scored; `demonstrations` only ever stands in prompts, as shots. */
export const splits = ["test", "demonstrations"] as const;
export type Split = (typeof splits)[number];

/**
 * The form an answer must have.
 * - `list`: `name, name`, or `none`
 * - `typed-list`: `name <Type>, name <Type>`, or `none`
 * - `label`: one of the task's labels
 * - `labels`: `label, label`, or `none`
 * - `span`: a phrase, usually of the input, in one line
 * - `items`: `name, name`, of which not every one must stand in the input
 * - `number`: a number, with its sign, percent or currency mark or scale word where it has one
 * - `text`: free text
 */
export type AnswerFormat = "list" | "typed-list" | "label" | "labels" | "span" | "items" | "number" | "text";

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
  /** Tasks with several labels an item: those that are right, none of them where `gold` is `none`. */
  labels?: string[];
  /** List tasks whose parts may be written in several ways: for each part every right spelling, the one in `gold` first. */
  parts?: string[][];
  /** The document the item was taken from, where the source tells. */
  document?: string;
}

/** A file of the original benchmark: pinned by commit and checksum, or the user's own where nobody may pass it on. */
export interface BenchmarkFile {
  /** Relative path by which the file is found in a benchmark folder: `ncbi-disease/test.tsv`; `.gz` behind it is read as well. */
  name: string;
  /** Other names that the user's own file may have, in the same format. */
  aliases?: readonly string[];
  /** Of the unpacked bytes; absent where the file is the user's own: its checksum is then recorded with the results. */
  sha256?: string;
  bytes?: number;
  /** Where it is downloaded from: the raw file of one commit; absent where it cannot be. */
  url?: string;
  /** Without `url`: where it comes from and what to do, a clause that begins with a verb. */
  obtain?: string;
  /** What it holds: `{ sentences: 940, entities: 960 }`; absent for the user's own. */
  rows?: Record<string, number>;
}

/** One file of an archive. */
export interface ArchiveEntry {
  path: string;
  /** Throws InputError where it is not UTF-8. */
  readonly text: string;
}

/** What a loader reads from, by the names in `files`; texts are UTF-8 and come without a byte order mark. */
export interface SourceFiles {
  text(name: string): string;
  /** The files in a .zip or .tar.gz, or in a folder of its name without the ending, in order of path. */
  entries(name: string): ArchiveEntry[];
}

export interface BenchmarkTask {
  id: string;
  /** The name that tables and figures show. */
  title: string;
  /** Raised whenever the prompt, the items or their gold answers change. */
  version: number;
  domain: string;
  /** `paper`: one of the ten that the paper evaluates on; `ours`: this project's choice. */
  suite: "paper" | "ours";
  /** What it is, what is known to be wrong with it and where it departs from others' use of it, in a few sentences. */
  card: string;
  source: {
    /** `owner/name` on GitHub, or the publisher's name. */
    repository: string;
    /** Absent where the user's own file is read. */
    commit?: string;
    /** The file or folder inside the repository. */
    path: string;
  };
  licence: string;
  files: BenchmarkFile[];
  /** Which part of the source each split is, in words. */
  splits: Record<Split, string>;
  /** The instruction every item's prompt begins with; our wording, in the form that BoX gives such tasks. */
  instruction: string;
  /** How an item's input is written, in words. */
  inputFormat: string;
  /** Wording that stands in many inputs by the task's design, as one of a few questions does: the task's, and no item's own. */
  fixedWording?: readonly string[];
  answerFormat: AnswerFormat;
  /** `label`, `labels`: what may be answered. `typed-list`: the entity types. */
  labels?: readonly string[];
  /** Most tokens of an answer; default by its format. */
  maxTokens?: number;
  /** The main metric first. */
  metrics: readonly [MetricName, ...MetricName[]];
  /**
   * True where items without any entity are left out of what is scored and shown: most sentences of these corpora hold
   * none, and a system that always answers `none` would lead the table.
   */
  requiresEntity: boolean;
  /**
   * All items of a split, in file order.
   * @throws InputError naming file and line (or id) of what cannot be read.
   */
  load(source: SourceFiles, split: Split): TaskItem[];
}
