// One digest of an adapter, be it a GGUF file or a PEFT folder: what is in it, not where it lies.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { sha256, sha256File } from "../runtime/index.js";

/**
 * Hex SHA-256 of a file; of a folder, of its files' names and digests.
 * @throws the file system's error where it cannot be read.
 */
export async function adapterDigest(path: string): Promise<string> {
  if (!statSync(path).isDirectory()) return sha256File(path);
  const names = readdirSync(path, { recursive: true, encoding: "utf8" }).sort();
  const files = names.filter((name) => statSync(join(path, name)).isFile());
  const digests: [string, string][] = [];
  for (const name of files) digests.push([name, await sha256File(join(path, name))]);
  return sha256(JSON.stringify(digests));
}
