// A user's own corpus: text or Markdown (a passage a paragraph), JSON Lines ({"text"} rows), Parquet (a column "text"), or a folder of
// such files.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { z } from "zod";
import { InputError, readJsonl } from "../runtime/index.js";
import type { Passage } from "./passage.js";

const maxWords = 150;
const readable = [".txt", ".md", ".jsonl", ".parquet"];
const documentSchema = z.looseObject({ text: z.string(), id: z.union([z.string(), z.number()]).optional() });

/** The files of a corpus source, in name order. @throws InputError where there is none that can be read. */
export function corpusFiles(source: string): string[] {
  if (!existsSync(source))
    throw new InputError({
      got: `corpus ${source} does not exist`,
      allowed: '"wordnet", or a file or folder',
      todo: "check the path",
    });
  const isFolder = statSync(source).isDirectory();
  const files = isFolder
    ? readdirSync(source, { recursive: true, encoding: "utf8" })
        .filter((name) => readable.includes(extname(name).toLowerCase()))
        .sort()
        .map((name) => join(source, name))
    : [source];
  if (files.length === 0 || !readable.includes(extname(files[0]!).toLowerCase()))
    throw new InputError({
      got: isFolder ? `corpus folder ${source} holds nothing to read` : `corpus ${source} has an unknown type`,
      allowed: `${readable.join(", ")} files`,
      todo: "convert it",
    });
  return files;
}

/** Paragraphs; one that is longer than 150 words is divided at the ends of sentences. */
export function splitPassages(text: string): string[] {
  return text.split(/\r?\n\s*\r?\n/).flatMap((paragraph) => {
    const pieces: string[][] = [[]];
    for (const sentence of paragraph
      .replace(/\s+/g, " ")
      .trim()
      .split(/(?<=[.!?]) /)) {
      const words = sentence.split(" ").filter(Boolean);
      const piece = pieces.at(-1)!;
      if (piece.length > 0 && piece.length + words.length > maxWords) pieces.push(words);
      else piece.push(...words);
    }
    return pieces.map((words) => words.join(" ")).filter((piece) => piece !== "");
  });
}

async function parquetTexts(file: string): Promise<string[]> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    const described = await connection.runAndReadAll("SELECT name FROM parquet_schema($1)", [file]);
    const columns = described.getRows().map(([name]) => String(name));
    if (!columns.includes("text"))
      throw new InputError({
        got: `${file} has no column "text" but ${columns.slice(1).join(", ")}`,
        allowed: 'a column "text"',
        todo: "rename it",
      });
    const rows = await connection.runAndReadAll('SELECT "text" FROM read_parquet($1) WHERE "text" IS NOT NULL', [file]);
    return rows.getRows().map(([text]) => String(text));
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError({ got: `${file} is not a readable Parquet file`, todo: "write it again" }, { cause: error });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function documentsOf(file: string): Promise<string[]> {
  switch (extname(file).toLowerCase()) {
    case ".jsonl":
      return readJsonl(file, documentSchema, "document").map(({ text }) => text);
    case ".parquet":
      return parquetTexts(file);
    default:
      return [readFileSync(file, "utf8")];
  }
}

/** All passages of a file or folder; ids are `name#number` from 1. @throws InputError for unreadable or empty sources. */
export async function readDocuments(options: { source: string; licence: string }): Promise<Passage[]> {
  const { source, licence } = options;
  const passages: Passage[] = [];
  for (const file of corpusFiles(source)) {
    const name = (relative(source, file) || file.split(sep).at(-1)!).split(sep).join("/");
    let number = 0;
    for (const document of await documentsOf(file))
      for (const text of splitPassages(document)) passages.push({ id: `${name}#${++number}`, text, source: name, licence });
  }
  if (passages.length === 0)
    throw new InputError({
      got: `corpus ${source} is empty`,
      allowed: "at least one passage of text",
      todo: "choose another source",
    });
  return passages;
}
