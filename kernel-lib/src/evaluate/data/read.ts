// Reads benchmark files: pinned ones only with their checksum, packed or not; the user's own as they are.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { InputError, sha256 } from "../../runtime/index.js";
import type { BenchmarkFile } from "../tasks/task.js";

/** The line for a file whose bytes are not the pinned ones; nothing is deleted, the file may be the user's own. */
export function wrongChecksum(file: BenchmarkFile, where: string, got: string): InputError {
  return new InputError({
    got: `${where} has sha256 ${got}`,
    allowed: `${file.sha256} (${file.name}${file.bytes === undefined ? "" : `, ${file.bytes} bytes`})`,
    todo: file.url
      ? `move it away and run \`npm run selfspec -- data pull\`, or put the file of ${file.url} there`
      : `move it away and put the right one there: ${file.obtain}`,
  });
}

/** The bytes of a file, unpacked where it lies there with `.gz` behind its name. @throws InputError where it cannot be unpacked. */
export function unpackedBytes(file: BenchmarkFile, path: string): Buffer {
  const bytes = readFileSync(path);
  if (![file.name, ...(file.aliases ?? [])].some((name) => path.endsWith(`${name}.gz`))) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new InputError(
      { got: `${path} cannot be unpacked (${(error as Error).message})`, todo: "copy or fetch the file again" },
      { cause: error },
    );
  }
}

/**
 * The bytes of an original file at `path`.
 * @throws InputError where they are not the pinned ones.
 */
export function readBenchmarkFile(file: BenchmarkFile, path: string): Buffer {
  const bytes = unpackedBytes(file, path);
  const got = sha256(bytes);
  if (file.sha256 !== undefined && got !== file.sha256) throw wrongChecksum(file, path, got);
  return bytes;
}
