// Reads benchmark files: pinned ones only with their checksum, packed or not; the user's own as they are.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { InputError, sha256 } from "../../runtime/index.js";
import type { BenchmarkFile } from "../tasks/task.js";

/** The line for a file whose bytes are not the pinned ones; nothing is deleted, the file may be the user's own. */
export function wrongChecksum(file: BenchmarkFile, where: string, got: string): InputError {
  return new InputError({
    got: `${where} has sha256 ${got}`,
    allowed: `${file.sha256} (${file.name}, ${file.bytes} bytes)`,
    todo: `move it away and run \`npm run selfspec -- data pull\`, or put the file of ${file.url ?? file.obtain} there`,
  });
}

/** The bytes of a file, unpacked where it lies there with `.gz` behind its name. */
export function unpackedBytes(file: BenchmarkFile, path: string): Buffer {
  const bytes = readFileSync(path);
  return path.endsWith(".gz") && !file.name.endsWith(".gz") ? gunzipSync(bytes) : bytes;
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
