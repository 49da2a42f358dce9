// A file of queries: JSON Lines {"query"} or {"text"}, each with an id if it has one.
import { z } from "zod";
import { InputError, readJsonl } from "../runtime/index.js";

export interface Query {
  query: string;
  /** As the file has it. */
  id?: string | number;
}

const querySchema = z
  .looseObject({ id: z.union([z.string(), z.number()]).nullish(), query: z.string().optional(), text: z.string().optional() })
  .refine(({ query, text }) => query !== undefined || text !== undefined, 'neither "query" nor "text"');

/** @throws InputError for a file that is missing, has no query, or has a row that is none (naming the line). */
export function readQueries(path: string): Query[] {
  const rows = readJsonl(path, querySchema, "query");
  if (rows.length === 0) throw new InputError({ got: `${path} has no query`, allowed: 'JSON Lines {"query"}' });
  return rows.map(({ id, query, text }) => ({ query: query ?? text!, ...(id != null && { id }) }));
}
