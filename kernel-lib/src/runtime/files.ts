// Whole files, written so that a reader never sees half of one.
import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  createReadStream,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { InputError, RunError } from "./errors.js";

/** Turns "disk full" and "not writable" into the one line a user needs; passes everything else on. */
export function explainWriteError(path: string, error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOSPC" || code === "EDQUOT")
    throw new RunError(
      { got: `the disk is full: ${path} was not written`, todo: "free some space; the same command continues" },
      { cause: error },
    );
  if (code === "EACCES" || code === "EROFS" || code === "EPERM")
    throw new RunError(
      { got: `${path} cannot be written (${code})`, todo: "make it writable or set SELFSPEC_HOME to another folder" },
      { cause: error },
    );
  throw error;
}

const atOnce = 1 << 30; // write(2) takes 2 GiB at most

/**
 * Writes parts one after the other into a temporary file that takes its name only when complete and synced; creates the folder.
 * @throws RunError when the disk is full or the folder not writable; whatever making the parts throws, with nothing left behind.
 */
export function writeParts(path: string, parts: Iterable<Uint8Array>): void {
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(temporary, "w");
    try {
      for (const bytes of parts)
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, Math.min(bytes.length - at, atOnce));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    explainWriteError(path, error);
  }
}

/** {@link writeParts} of a text or of bytes that are in memory. */
export const writeAtomic = (path: string, data: string | Uint8Array): void =>
  writeParts(path, [typeof data === "string" ? Buffer.from(data) : data]);

export const writeJson = (path: string, value: unknown): void => writeAtomic(path, `${JSON.stringify(value, null, 2)}\n`);

/** @throws InputError naming the file where it is missing or not JSON. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new InputError(
      { got: `${path} cannot be read as JSON (${(error as Error).message})`, todo: "mend or remove it" },
      { cause: error },
    );
  }
}

/** Hex SHA-256 of a text or of bytes. */
export const sha256 = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");

/** Hex SHA-256 of a file, streamed. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
