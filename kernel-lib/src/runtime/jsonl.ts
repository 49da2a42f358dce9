// JSON Lines: rows are validated by their room's schema, errors carry the line number, a torn last line is tolerated when appending.
import { closeSync, existsSync, fsync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { gunzipSync } from "node:zlib";
import type { z } from "zod";
import { InputError } from "./errors.js";
import { explainWriteError, writeAtomic } from "./files.js";

function parseRow<T>(line: string, schema: z.ZodType<T>, where: string, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new InputError({
      got: `${where} is not JSON (${(error as Error).message})`,
      allowed: `one ${what} a line`,
      todo: "correct that line",
    });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new InputError({
    got: `${where} is not a ${what}: ${issue.path.join(".") || "row"}: ${issue.message}`,
    allowed: `rows as data/README.md describes them`,
    todo: "correct that line",
  });
}

/** The text of a file, unpacked where its name ends in `.gz`. */
function readText(path: string): string {
  const bytes = readFileSync(path);
  if (!path.endsWith(".gz")) return bytes.toString("utf8");
  try {
    return gunzipSync(bytes).toString("utf8");
  } catch (error) {
    throw new InputError({ got: `${path} cannot be unpacked (${(error as Error).message})`, todo: "restore the file" });
  }
}

/**
 * Reads a whole JSONL file, gzipped where its name ends in `.gz`.
 * @throws InputError naming the file and line of the first row that is not JSON or does not fit the schema; a missing file likewise.
 */
export function readJsonl<T>(path: string, schema: z.ZodType<T>, what = "row"): T[] {
  if (!existsSync(path))
    throw new InputError({ got: `${path} does not exist`, allowed: `a JSON Lines file of ${what}s`, todo: "check the path" });
  const rows: T[] = [];
  readText(path)
    .split("\n")
    .forEach((line, index) => {
      if (line.trim() !== "") rows.push(parseRow(line, schema, `${path}:${index + 1}`, what));
    });
  return rows;
}

export const toJsonl = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

/** Replaces a JSONL file by these rows, atomically. */
export const writeJsonl = (path: string, rows: readonly unknown[]): void => writeAtomic(path, toJsonl(rows));

/**
 * A file that rows are appended to. Each has reached the operating system when `append` returns, so that killing the process loses none;
 * it reaches the disk a moment later, together with those that came meanwhile: only a power cut can lose the last few milliseconds.
 */
export interface JsonlLog<T> {
  /** The rows that were there when the log was opened. */
  readonly rows: readonly T[];
  append(row: T): void;
  close(): void;
}

/**
 * Opens a log for appending. A last line without its line break (the process was killed while writing) is cut off;
 * any other bad line is an {@link InputError}.
 */
export function openJsonlLog<T>(path: string, schema: z.ZodType<T>, what = "row"): JsonlLog<T> {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, "a+");
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end < bytes.length) ftruncateSync(file, end);
  const lines = bytes.subarray(0, end).toString("utf8").split("\n").slice(0, -1);
  const rows = lines.map((line, index) => parseRow(line, schema, `${path}:${index + 1}`, what));
  let size = end;
  const disk = syncInGroups(file);
  return {
    rows,
    append(row) {
      const line = Buffer.from(`${JSON.stringify(row)}\n`);
      try {
        disk.throwFailure();
        for (let offset = 0; offset < line.length; ) offset += writeSync(file, line, offset);
        disk.sync();
        size += line.length;
      } catch (error) {
        ftruncateSync(file, size);
        explainWriteError(path, error);
      }
    },
    close() {
      disk.end();
      fsyncSync(file);
      closeSync(file);
    },
  };
}

/** One fsync at a time, off the main thread: rows that are written while one runs share the next (5 ms each would hold up everything). */
function syncInGroups(file: number) {
  let state: "idle" | "syncing" | "syncing, more to come" | "ended" = "idle";
  let failure: Error | null = null;
  const start = (): void => {
    state = "syncing";
    fsync(file, (error) => {
      if (state === "ended") return;
      failure ??= error;
      if (state === "syncing, more to come") start();
      else state = "idle";
    });
  };
  return {
    sync(): void {
      if (state === "idle") start();
      else state = "syncing, more to come";
    },
    throwFailure(): void {
      if (failure !== null) throw failure;
    },
    end(): void {
      state = "ended";
    },
  };
}
