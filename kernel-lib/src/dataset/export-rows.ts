// The data set in the forms that other trainers read, streamed: 100,000 rows take no more memory than ten.
import { randomBytes } from "node:crypto";
import { rename, rm } from "node:fs/promises";
import { explainWriteError, InputError } from "../runtime/index.js";
import { duckdbColumns } from "./duckdb-columns.js";
import { jsonlToParquet } from "./export-parquet.js";
import { type Triple, tripleSchema } from "./triple.js";
import { writeText } from "./write-text.js";

/**
 * alpaca: a JSON array of {instruction, input, output} (Stanford Alpaca). sharegpt: a JSON array of {id, conversations: [{from, value}]}
 * (FastChat, LLaMA-Factory). messages: JSON Lines of {messages: [{role, content}]} (OpenAI, TRL). jsonl and parquet: whole triples,
 * lineage included.
 */
export const exportFormats = ["alpaca", "sharegpt", "messages", "jsonl", "parquet"] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** The format of that name. @throws InputError for an unknown one. */
export function chooseExportFormat(name: string): ExportFormat {
  const format = exportFormats.find((known) => known === name);
  if (format === undefined) throw new InputError({ got: `export format "${name}"`, allowed: exportFormats.join(", ") });
  return format;
}

const question = ({ instruction, input }: Triple): string => (input === "" ? instruction : `${instruction}\n\n${input}`);

const shapes: Readonly<
  Record<"alpaca" | "sharegpt" | "messages" | "jsonl", { array: boolean; shape: (triple: Triple) => unknown }>
> = {
  alpaca: { array: true, shape: ({ instruction, input, output }) => ({ instruction, input, output }) },
  sharegpt: {
    array: true,
    shape: (triple) => ({
      id: triple.id,
      conversations: [
        { from: "human", value: question(triple) },
        { from: "gpt", value: triple.output },
      ],
    }),
  },
  messages: {
    array: false,
    shape: (triple) => ({
      messages: [
        { role: "user", content: question(triple) },
        { role: "assistant", content: triple.output },
      ],
    }),
  },
  jsonl: { array: false, shape: (triple) => triple },
};

type Rows = Iterable<Triple> | AsyncIterable<Triple>;

/** The file's text, a row at a time; an array has one row a line too, so that a difference of two files can be read. */
async function* textOf(triples: Rows, format: keyof typeof shapes, count: () => void): AsyncGenerator<string> {
  const { array, shape } = shapes[format];
  let first = true;
  for await (const triple of triples) {
    const row = JSON.stringify(shape(triple));
    yield array ? `${first ? "[\n" : ",\n"}${row}` : `${row}\n`;
    first = false;
    count();
  }
  if (array) yield first ? "[]\n" : "\n]\n";
}

export interface Exported {
  path: string;
  format: ExportFormat;
  rows: number;
  bytes: number;
}

/**
 * Writes the rows to `path` in one go: the file appears when it is complete.
 * @throws RunError when it cannot be written; whatever the source of the rows throws, with nothing left behind.
 */
export async function exportRows(options: { triples: Rows; format: ExportFormat; path: string }): Promise<Exported> {
  const { triples, format, path } = options;
  let rows = 0;
  const count = (): void => {
    rows++;
  };
  if (format !== "parquet") return { path, format, bytes: await writeText(path, textOf(triples, format, count)), rows };
  const draft = `${path}.${process.pid}-${randomBytes(4).toString("hex")}`;
  try {
    await writeText(`${draft}.jsonl`, textOf(triples, "jsonl", count));
    const bytes = await jsonlToParquet({ from: `${draft}.jsonl`, to: `${draft}.tmp`, columns: duckdbColumns(tripleSchema) });
    await rename(`${draft}.tmp`, path).catch((error: unknown) => explainWriteError(path, error));
    return { path, format, bytes, rows };
  } finally {
    await rm(`${draft}.jsonl`, { force: true });
    await rm(`${draft}.tmp`, { force: true });
  }
}
