// The lines of a file one by one, so that a file of any length is read with the memory of a line. Gzip is unpacked on the way.
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { InputError } from "../../runtime/index.js";

export interface FileLine {
  /** From 1, as editors count. */
  number: number;
  text: string;
}

function explainReadError(path: string, error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (code === "ENOENT")
    throw new InputError({ got: `${path} does not exist`, allowed: "a JSON Lines file", todo: "check the path" });
  if (code === "EISDIR")
    throw new InputError({ got: `${path} is a folder`, allowed: "a JSON Lines file", todo: "check the path" });
  if (code === "EACCES") throw new InputError({ got: `${path} may not be read`, todo: "change its permissions" });
  if (code.startsWith("Z_"))
    throw new InputError({ got: `${path} cannot be unpacked (${(error as Error).message})`, todo: "restore the file" });
  throw error;
}

/**
 * Lines end at "\n" only: other line breaks may stand inside a JSON text. Blank lines are left out but counted.
 * @throws InputError where the file is missing, a folder, unreadable, or named `.gz` and no gzip file.
 */
export async function* fileLines(path: string): AsyncGenerator<FileLine> {
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  // A failed pipeline destroys its last stream with the error, which then reaches the loop below.
  const bytes = path.endsWith(".gz") ? pipeline(file, createGunzip(), () => {}) : file;
  const decoder = new TextDecoder();
  let number = 0;
  let rest = "";
  try {
    for await (const chunk of bytes) {
      const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const text of lines) {
        number++;
        if (text.trim() !== "") yield { number, text };
      }
    }
  } catch (error) {
    explainReadError(path, error);
  } finally {
    file.destroy();
  }
  rest += decoder.decode();
  if (rest.trim() !== "") yield { number: number + 1, text: rest };
}
