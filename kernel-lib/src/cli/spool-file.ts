// A temporary file for output whose head is known only at the end.
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { explainWriteError } from "../runtime/index.js";

export interface SpoolFile {
  path: string;
  write(text: string): void;
  /** Afterwards the file holds all that was written. */
  flush(): void;
}

const bufferedCharacters = 1 << 18;

/** The file exists while `use` runs. @throws RunError where the disk is full. */
export async function withSpoolFile(use: (spool: SpoolFile) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "selfspec-"));
  const path = join(folder, "spool");
  const file = openSync(path, "w");
  let waiting = "";
  const flush = (): void => {
    const bytes = Buffer.from(waiting);
    waiting = "";
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    } catch (error) {
      explainWriteError(path, error);
    }
  };
  try {
    await use({
      path,
      write(text) {
        waiting += text;
        if (waiting.length >= bufferedCharacters) flush();
      },
      flush,
    });
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true, force: true });
  }
}
