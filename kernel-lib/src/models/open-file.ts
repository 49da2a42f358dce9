// Files that are read in places and written in one go: a model never has to fit in memory, and nobody ever sees half of one.
import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { explainWriteError, InputError } from "../runtime/index.js";

const atOnce = 1 << 30; // read(2) and write(2) take 2 GiB at most

export function truncated(path: string, needs: number, has: number): InputError {
  return new InputError({
    got: `${path} is truncated: needs ${needs} bytes, has ${has}`,
    todo: "fetch it again (`selfspec models pull`), or copy it again",
  });
}

/** A descriptor; the caller closes it. Throws InputError for a file that is missing or cannot be opened. */
export function openForReading(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError(
      {
        got: code === "ENOENT" ? `${path} does not exist` : `${path} cannot be opened (${code})`,
        todo: "check the path of the model file",
      },
      { cause: error },
    );
  }
}

/** Exactly `count` bytes from `offset` on. Throws InputError where the file ends before. */
export function readBytes({
  path,
  descriptor,
  offset,
  count,
}: {
  path: string;
  descriptor: number;
  offset: number;
  count: number;
}): Uint8Array {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; ) {
    const got = readSync(descriptor, bytes, at, Math.min(count - at, atOnce), offset + at);
    if (got === 0) throw truncated(path, offset + count, offset + at);
    at += got;
  }
  return bytes;
}

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
