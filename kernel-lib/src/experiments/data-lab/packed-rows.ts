// JSON Lines of a folder, plain as a run leaves them or gzipped as a committed data set has them.
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { z } from "zod";
import { InputError, readJsonl } from "../../runtime/index.js";

function parseLine<T>(line: string, schema: z.ZodType<T>, where: string, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new InputError({ got: `${where} is not JSON (${(error as Error).message})`, allowed: `one ${what} a line` });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new InputError({ got: `${where} is not a ${what}: ${issue.path.join(".") || "row"}: ${issue.message}` });
}

/**
 * Reads `path`, or `path`.gz where only that is there; null where neither is.
 * @throws InputError for a file that is no gzip and, naming the line, for the first row that does not fit.
 */
export function readPackedRows<T>(path: string, schema: z.ZodType<T>, what: string): T[] | null {
  if (existsSync(path)) return readJsonl(path, schema, what);
  const packed = `${path}.gz`;
  if (!existsSync(packed)) return null;
  let text: string;
  try {
    text = gunzipSync(readFileSync(packed)).toString("utf8");
  } catch (error) {
    throw new InputError({ got: `${packed} cannot be unpacked (${(error as Error).message})`, todo: "restore the file" });
  }
  return text
    .split("\n")
    .flatMap((line, index) => (line.trim() === "" ? [] : [parseLine(line, schema, `${packed}:${index + 1}`, what)]));
}
