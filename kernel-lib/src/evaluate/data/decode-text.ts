// The text of a file's bytes. Other encodings than UTF-8 would be read as wrong letters without a word, and then stand in prompts and answers.
import { isUtf8 } from "node:buffer";
import { InputError } from "../../runtime/index.js";

const newline = 0x0a;

/** From 1: the first line that is not UTF-8. */
function badLine(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; ; line++) {
    const end = bytes.indexOf(newline, start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
}

/**
 * Decodes UTF-8 without its byte order mark. `name` is what a complaint calls the file.
 * @throws InputError with the first line that is not UTF-8; UTF-16 is told by its zero bytes, which no text has.
 */
export function decodeText(bytes: Uint8Array, name: string): string {
  const isText = isUtf8(bytes);
  if (isText && !bytes.includes(0)) return new TextDecoder().decode(bytes);
  throw new InputError({
    got:
      isText || (bytes[0]! >= 0xfe && bytes[1]! >= 0xfe)
        ? `${name} is UTF-16 or no text`
        : `${name}:${badLine(bytes)} is not UTF-8`,
    allowed: "text in UTF-8, with or without a byte order mark",
    todo: "save or convert it as UTF-8 (`iconv -f LATIN1 -t UTF-8`, where it was Latin-1)",
  });
}
