// A folder of the test's own, and the two file types that need a library to be written.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll } from "vitest";
import { toJsonl } from "../../kernel-lib/src/runtime/index.js";

export interface Folder {
  at(...parts: string[]): string;
  write(name: string, text: string): string;
  jsonl(name: string, rows: readonly unknown[]): string;
}

export function testFolder(): Folder {
  const folder = mkdtempSync(join(tmpdir(), "selfspec-corpus-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  return { at: (...parts) => join(folder, ...parts), write, jsonl: (name, rows) => write(name, toJsonl(rows)) };
}

export async function writeParquet(path: string, query: string): Promise<string> {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  return path;
}
