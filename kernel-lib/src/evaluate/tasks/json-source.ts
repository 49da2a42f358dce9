// Reads JSON of a benchmark's origin: checked against what the loader needs of it, every complaint with the place.
import type { z } from "zod";
import { InputError } from "../../runtime/index.js";

/**
 * Parses and checks a source's JSON. `name` is the file (with a line, where there is one a line).
 * @throws InputError where it is not JSON, or naming the first entry that does not fit.
 */
export function parseJsonSource<T>(options: { text: string; name: string; schema: z.ZodType<T> }): T {
  const { text, name, schema } = options;
  const refuse = (got: string): never => {
    throw new InputError({ got: `${name} ${got}`, allowed: "the file as its publisher has it", todo: "fetch the file again" });
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse(`is not JSON (${(error as Error).message})`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  return refuse(`has a bad entry at ${issue.path.join(".") || "its root"}: ${issue.message}`);
}
