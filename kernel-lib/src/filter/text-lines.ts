// The lines of a text file, one at a time, so that a file larger than memory can be read.
import { createReadStream } from "node:fs";
import { InputError } from "../runtime/index.js";

/**
 * Lines end in a line feed, with or without a carriage return before it; a last one may lack it. Blank lines count.
 * @throws InputError where the file cannot be read.
 */
export async function* textLines(path: string): AsyncGenerator<string> {
  const withoutReturn = (line: string): string => (line.endsWith("\r") ? line.slice(0, -1) : line);
  let rest = "";
  try {
    for await (const chunk of createReadStream(path, { encoding: "utf8", highWaterMark: 1 << 20 })) {
      const parts = (rest + (chunk as string)).split("\n");
      rest = parts.pop()!;
      for (const part of parts) yield withoutReturn(part);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new InputError(
      { got: `${path} cannot be read (${code})`, allowed: "a text file, one text a line", todo: "check the path" },
      { cause: error },
    );
  }
  if (rest !== "") yield withoutReturn(rest);
}
