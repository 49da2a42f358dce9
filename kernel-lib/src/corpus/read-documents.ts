// The documents of a user's file, one after the other and never the whole file at once: text or Markdown (a document a paragraph),
// JSON Lines (a row a document), Parquet (likewise).
import { createReadStream } from "node:fs";
import { extname } from "node:path";
import { z } from "zod";
import { InputError } from "../runtime/index.js";

export interface Document {
  text: string;
  /** The row's own id. */
  id?: string;
  /** Bytes of the file up to here; absent where the format does not tell. */
  position?: number;
}

export interface Fields {
  /** Field or column with the text. */
  text: string;
  /** Field or column with the row's own id; rows may lack it. */
  id: string;
}

export const defaultFields: Fields = { text: "text", id: "id" };

// A paragraph longer than this is handed on in parts, so that a file without line breaks does not fill the memory.
const longest = 1 << 20;

/** What lies between two separators, with the bytes read so far; parts longer than `limit` are cut at a blank. */
async function* divide(path: string, separator: RegExp, limit: number): AsyncGenerator<{ part: string; position: number }> {
  const stream = createReadStream(path, { encoding: "utf8", highWaterMark: 1 << 18 });
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + (chunk as string)).split(separator);
    rest = parts.pop()!;
    for (const part of parts) yield { part, position: stream.bytesRead };
    while (rest.length > limit) {
      const blank = rest.lastIndexOf(" ", limit);
      const end = blank > 0 ? blank : limit;
      yield { part: rest.slice(0, end), position: stream.bytesRead };
      rest = rest.slice(end);
    }
  }
  yield { part: rest, position: stream.bytesRead };
}

async function* paragraphs(path: string): AsyncGenerator<Document> {
  for await (const { part, position } of divide(path, /\r?\n[^\S\n]*\r?\n\s*/, longest)) yield { text: part, position };
}

const idSchema = z.union([z.string().min(1), z.number()]).nullish();

function documentOf(row: unknown, fields: Fields, where: string): Document {
  const found = z.looseObject({ [fields.text]: z.string(), [fields.id]: idSchema }).safeParse(row);
  if (!found.success) {
    const issue = found.error.issues[0]!;
    throw new InputError({
      got: `${where} is not a document: ${issue.path.join(".") || "row"}: ${issue.message}`,
      allowed: `rows with a text "${fields.text}" and, if they have one, an id "${fields.id}"`,
      todo: "correct that line, or name another field",
    });
  }
  const id = idSchema.parse(found.data[fields.id]);
  return { text: z.string().parse(found.data[fields.text]), ...(id != null && { id: String(id) }) };
}

async function* jsonRows(path: string, fields: Fields): AsyncGenerator<Document> {
  let line = 0;
  for await (const { part, position } of divide(path, /\n/, Number.POSITIVE_INFINITY)) {
    line++;
    const text = line === 1 ? part.replace(/^\uFEFF/, "") : part;
    if (text.trim() === "") continue;
    let row: unknown;
    try {
      row = JSON.parse(text);
    } catch (error) {
      throw new InputError(
        {
          got: `${path}:${line} is not JSON (${(error as Error).message.slice(0, 120)})`,
          allowed: "one document a line",
          todo: "correct that line",
        },
        { cause: error },
      );
    }
    yield { ...documentOf(row, fields, `${path}:${line}`), position };
  }
}

const quoted = (column: string): string => `"${column.replaceAll('"', '""')}"`;

async function* parquetRows(path: string, fields: Fields): AsyncGenerator<Document> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    const described = await connection.runAndReadAll("SELECT name FROM parquet_schema($1)", [path]);
    const [, ...columns] = described.getRows().map(([name]) => String(name));
    if (!columns.includes(fields.text))
      throw new InputError({
        got: `${path} has no column "${fields.text}" but ${columns.join(", ")}`,
        allowed: "a column with the text",
        todo: "rename it, or name that column",
      });
    const id = columns.includes(fields.id) ? `CAST(${quoted(fields.id)} AS VARCHAR)` : "NULL";
    const text = quoted(fields.text);
    const result = await connection.stream(
      `SELECT CAST(${text} AS VARCHAR), ${id} FROM read_parquet($1) WHERE ${text} IS NOT NULL`,
      [path],
    );
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk())
      for (const [value, own] of chunk.getRows()) yield { text: String(value), ...(own !== null && { id: String(own) }) };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError({ got: `${path} is not a readable Parquet file`, todo: "write it again" }, { cause: error });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/**
 * Reads a file's documents in order.
 * @throws InputError for a row that is not JSON or has no text (naming file and line), and for an unreadable Parquet file.
 */
export function readDocuments(path: string, fields: Fields = defaultFields): AsyncGenerator<Document> {
  switch (extname(path).toLowerCase()) {
    case ".jsonl":
      return jsonRows(path, fields);
    case ".parquet":
      return parquetRows(path, fields);
    default:
      return paragraphs(path);
  }
}
