// The data set's card: Markdown with the front matter that Hugging Face reads. Everything in it is a count, a hash or a sentence that the
// caller passed; nothing is guessed.
import type { Ledger } from "../filter/index.js";
import type { PromptRecord } from "../generate/index.js";
import { InputError } from "../runtime/index.js";
import type { DatasetSummary } from "./summary.js";

export interface DatasetCardOptions {
  /** "Biomedical instructions written by SmolLM2-135M-Instruct". */
  title: string;
  /** Of the run, ISO 8601: 2026-11-23. */
  date: string;
  /** Of the data itself, as Hugging Face spells it: "apache-2.0". */
  licence: string;
  domains: readonly string[];
  /** What the rows look like, in a sentence or two. */
  description: string;
  summary: DatasetSummary;
  ledgers: readonly Ledger[];
  /** The model that wrote the rows; `sha256` of its file. */
  model: { name: string; licence: string; sha256?: string };
  /** Null where no passage was shown. */
  corpus: { name: string; licence: string; passages: number; fingerprint: string } | null;
  prompts: readonly PromptRecord[];
  /** "instructions": { temperature: 0.6, … }: flat values a stage. */
  sampling: Readonly<Record<string, Readonly<Record<string, string | number | boolean | null>>>>;
  seeds: { count: number; licence: string; sha256: string; runSeed: number };
  /** The files beside the card: name and what is in it. */
  files: readonly { name: string; content: string; sha256?: string }[];
  /** Known flaws, a sentence each, as found by reading; at least one: no generated set is without. */
  flaws: readonly string[];
  /** The command that makes the set again. */
  command: string;
}

/** YAML that needs no library: every text is a JSON string, which YAML 1.2 reads as it is. */
const yaml = (text: string): string => JSON.stringify(text);
const cell = (text: string): string => text.replace(/\s+/g, " ").replaceAll("|", "\\|").trim();
const row = (cells: readonly (string | number)[]): string => `| ${cells.map((text) => cell(String(text))).join(" | ")} |`;
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");

/** Hugging Face's size classes. */
function sizeCategory(rows: number): string {
  const classes: [limit: number, name: string][] = [
    [1_000, "n<1K"],
    [10_000, "1K<n<10K"],
    [100_000, "10K<n<100K"],
    [1_000_000, "100K<n<1M"],
  ];
  return classes.find(([limit]) => rows < limit)?.[1] ?? "1M<n<10M";
}

function ledgerTable(ledgers: readonly Ledger[]): string {
  return table(
    ["stage", "in", "kept", "rejected, by rule", "failed"],
    ledgers.map(({ stage, in: all, kept, rejected, failed }) => {
      const rules = Object.entries(rejected).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      return [stage, all, kept, rules.map(([rule, count]) => `${count} ${rule}`).join(", "), failed];
    }),
  );
}

/**
 * Renders the card.
 * @throws InputError for a date that is none, and for a card without any known flaw.
 */
export function datasetCard(options: DatasetCardOptions): string {
  const { title, date, licence, domains, summary, model, corpus, seeds } = options;
  if (!/^\d{4}-\d{2}-\d{2}/.test(date)) throw new InputError({ got: `card date "${date}"`, allowed: "an ISO date: 2026-11-23" });
  if (options.flaws.length === 0)
    throw new InputError({ got: "a card without known flaws", todo: "read some rows and say what is wrong with them" });
  const front = [
    `license: ${yaml(licence)}`,
    `pretty_name: ${yaml(title)}`,
    `language:\n- en`,
    `task_categories:\n- text-generation`,
    `size_categories:\n- ${yaml(sizeCategory(summary.rows))}`,
    `tags:\n${["synthetic", "self-specialization", ...domains].map((tag) => `- ${yaml(tag)}`).join("\n")}`,
  ].join("\n");
  const lengths = (["instruction", "input", "output"] as const).map((part) => {
    const { mean, median, min, max } = summary[`${part}Words`];
    return [part, mean.toFixed(1), median, min, max];
  });
  const labels = summary.labels.slice(0, 10).map(({ output, rows, share }) => [output, rows, `${(100 * share).toFixed(1)} %`]);
  const sampling = Object.entries(options.sampling).map(([stage, values]) => [
    stage,
    Object.entries(values)
      .map(([key, value]) => `${key} ${value}`)
      .join(", "),
  ]);
  return `---
${front}
---

# ${title}

${options.description}

Every row was written by a model, none by a person: ${model.name} wrote instructions, inputs and answers after ${seeds.count} seeds
(Self-Specialization, Kang et al. 2024). Made on ${date.slice(0, 10)}.

## Rows

${summary.rows} rows, ${summary.withInput} of them with an input. Domain: ${domains.join(", ")}.

${table(["words", "mean", "median", "least", "most"], lengths)}

Distinct words in the instructions ${summary.distinct1.toFixed(3)}, distinct pairs ${summary.distinct2.toFixed(3)} (distinct-n, Li et al. 2016).
${labels.length === 0 ? "" : `\nAnswers that several rows share, the ten commonest:\n\n${table(["answer", "rows", "share"], labels)}\n`}
## What was dropped

${ledgerTable(options.ledgers)}

## Sources and licences

${table(
  ["what", "name", "licence", "fingerprint"],
  [
    ["model", model.name, model.licence, model.sha256 ?? ""],
    [`seeds (${seeds.count})`, "this project's own", seeds.licence, seeds.sha256],
    ...(corpus === null ? [] : [[`corpus (${corpus.passages} passages)`, corpus.name, corpus.licence, corpus.fingerprint]]),
  ],
)}
${corpus === null ? "\nNo passage of a corpus was shown to the model.\n" : "\nPassages are named by id, rank and score; their texts are not part of this data set.\n"}
## How it was asked

${table(
  ["prompt", "SHA-256"],
  options.prompts.map(({ name, sha256 }) => [name, sha256]),
)}

${table(["stage", "sampling"], sampling)}

Run seed ${seeds.runSeed}.

## Files

${table(
  ["file", "content", "SHA-256"],
  options.files.map(({ name, content, sha256 = "" }) => [name, content, sha256]),
)}

## Known flaws

${options.flaws.map((flaw) => `- ${flaw.replace(/\s+/g, " ").trim()}`).join("\n")}

## Again

\`\`\`sh
${options.command}
\`\`\`
`;
}
