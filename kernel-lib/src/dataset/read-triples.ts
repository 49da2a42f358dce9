// Triples from a file, one at a time: a set of any size passes through without being held.
import { createReadStream, existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { InputError } from "../runtime/index.js";
import { type Triple, tripleSchema } from "./triple.js";

const allowed = "one triple a line, as data/README.md describes them";

function parseTriple(line: string, where: string): Triple {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new InputError({ got: `${where} is not JSON (${(error as Error).message})`, allowed, todo: "correct that line" });
  }
  const parsed = tripleSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new InputError({
    got: `${where} is not a triple: ${issue.path.join(".") || "row"}: ${issue.message}`,
    allowed,
    todo: "correct that line",
  });
}

/**
 * Reads a JSON Lines file of triples, packed (.gz) or not.
 * @throws InputError for a missing file and, naming the line, for the first row that is none.
 */
export async function* readTriples(path: string): AsyncGenerator<Triple> {
  if (!existsSync(path))
    throw new InputError({ got: `${path} does not exist`, allowed: "a JSON Lines file of triples", todo: "check the path" });
  const bytes = createReadStream(path);
  const input = path.endsWith(".gz") ? bytes.pipe(createGunzip()) : bytes;
  let number = 0;
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number++;
      if (line.trim() !== "") yield parseTriple(line, `${path}:${number}`);
    }
  } finally {
    bytes.destroy();
  }
}
