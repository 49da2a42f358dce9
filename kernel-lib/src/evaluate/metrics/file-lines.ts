// The lines of a file one by one, so that a file of any length is read with the memory of a line. Gzip is unpacked on the way.
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { InputError } from "../../runtime/index.js";

const newline = 0x0a;

export interface FileLine {
  /** From 1, as editors count. */
  number: number;
  text: string;
}

function explainReadError(path: string, line: number, error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (code === "ENOENT")
    throw new InputError({ got: `${path} does not exist`, allowed: "a JSON Lines file", todo: "check the path" });
  if (code === "EISDIR")
    throw new InputError({ got: `${path} is a folder`, allowed: "a JSON Lines file", todo: "check the path" });
  if (code === "EACCES") throw new InputError({ got: `${path} may not be read`, todo: "change its permissions" });
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA")
    throw new InputError({ got: `${path}:${line} is not UTF-8`, allowed: "JSON Lines in UTF-8", todo: "convert the file" });
  if (code.startsWith("Z_"))
    throw new InputError({ got: `${path} cannot be unpacked (${(error as Error).message})`, todo: "restore the file" });
  throw error;
}

/**
 * Lines end at "\n" only: other line breaks may stand inside a JSON text. Blank lines are left out but counted.
 * @throws InputError where the file is missing, a folder, unreadable, not UTF-8, or named `.gz` and no gzip file.
 */
export async function* fileLines(path: string): AsyncGenerator<FileLine> {
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  // A failed pipeline destroys its last stream with the error, which then reaches the loop below.
  const bytes = path.endsWith(".gz") ? pipeline(file, createGunzip(), () => {}) : file;
  // Other bytes than UTF-8 would all be read as the same replacement character, and then match each other.
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let number = 0;
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of bytes) {
      const read = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
      let start = 0;
      for (let end = read.indexOf(newline); end >= 0; end = read.indexOf(newline, start)) {
        number++;
        const text = decoder.decode(read.subarray(start, end));
        start = end + 1;
        if (text.trim() !== "") yield { number, text };
      }
      rest = read.subarray(start);
    }
    number++;
    const text = decoder.decode(rest);
    if (text.trim() !== "") yield { number, text };
  } catch (error) {
    explainReadError(path, number, error);
  } finally {
    file.destroy();
  }
}
