// Files that are read in places: a model never has to fit in memory.
import { openSync, readSync } from "node:fs";
import { InputError } from "../runtime/index.js";

const atOnce = 1 << 30; // read(2) takes 2 GiB at most

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
