// A text file written piece by piece as an asynchronous source gives them: flat memory, and a reader never sees half of it.
import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { explainWriteError } from "../runtime/index.js";

/** Characters gathered before a write: few system calls, little memory. */
const atOnce = 1 << 18;

/**
 * Writes the pieces into a temporary file that takes its name only when complete and synced; creates the folder.
 * @returns the bytes written.
 * @throws RunError when the disk is full or the folder not writable; whatever the source throws, with nothing left behind.
 */
export async function writeText(path: string, pieces: Iterable<string> | AsyncIterable<string>): Promise<number> {
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
  let file: FileHandle | undefined;
  try {
    await mkdir(dirname(path), { recursive: true });
    file = await open(temporary, "w");
    let waiting = "";
    for await (const piece of pieces) {
      waiting += piece;
      if (waiting.length < atOnce) continue;
      await file.writeFile(waiting);
      waiting = "";
    }
    await file.writeFile(waiting);
    await file.sync();
    const { size } = await file.stat();
    await file.close();
    await rename(temporary, path);
    return size;
  } catch (error) {
    await file?.close().catch(() => {}); // the first error is the one to tell
    await rm(temporary, { force: true });
    return explainWriteError(path, error);
  }
}
