// What a corpus is on disk or in object storage: three LanceDB tables. `passages` has the text and the full-text index, `sources` a row a
// finished file, `facts` a row a finished build. A tag on `passages` names the version that readers see, so that a build can go on beside them
// and a killed one harms nobody.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Connection, Table } from "@lancedb/lancedb";
import { z } from "zod";
import { errorLine, InputError, RunError } from "../runtime/index.js";

/** The tag of the last finished build. */
export const completeTag = "complete";

export const settingsSchema = z.strictObject({
  /** Terms are English stems without stop words, instead of words as written. */
  stem: z.boolean(),
  /** Null keeps documents whole. */
  maxWords: z.number().int().positive().nullable(),
  overlap: z.number().int().nonnegative(),
  /** Keep passages whose words, in order, another passage has too. */
  keepDuplicates: z.boolean(),
  textField: z.string().min(1),
  idField: z.string().min(1),
});
export type CorpusSettings = z.infer<typeof settingsSchema>;

export const passageRowSchema = z.object({
  id: z.string(),
  text: z.string(),
  /** The terms that are indexed, separated by blanks. */
  terms: z.string(),
  /** How many terms. */
  length: z.number(),
  source: z.string(),
  /** Hash of the source's content. */
  version: z.string(),
  /** Place within the source, from 1. */
  number: z.number(),
});
export type PassageRow = z.infer<typeof passageRowSchema>;

export const sourceRowSchema = z.object({
  source: z.string(),
  root: z.string(),
  version: z.string(),
  passages: z.number(),
  duplicates: z.number(),
  /** JSON list of the sources that have the passages which this one had too. */
  duplicateOf: z.string(),
});
export type SourceRow = z.infer<typeof sourceRowSchema>;

export const factsRowSchema = z.object({
  /** Version of `passages` that this build ended with; 0 for the row that states the settings before the first build. */
  version: z.number(),
  fingerprint: z.string(),
  count: z.number(),
  /** Mean number of terms. */
  meanLength: z.number(),
  licence: z.string(),
  /** JSON of the settings. */
  settings: z.string(),
});
export type FactsRow = z.infer<typeof factsRowSchema>;

export const isUri = (place: string): boolean => /^[a-z][a-z0-9+-]*:\/\//i.test(place);

/** Whether a path is a built corpus; of a URI we assume it. */
export const isBuilt = (place: string): boolean => isUri(place) || existsSync(join(place, "facts.lance"));

/** What LanceDB says, without the places in its own source. */
export const reasonOf = (error: unknown): string =>
  errorLine(error)
    .replace(/, \S+\.rs:\d+:\d+.*/, "")
    .slice(0, 240);

/** @throws InputError where the place cannot be opened: an unknown scheme, no right, no network. */
export async function connectTo(place: string): Promise<Connection> {
  const { connect } = await import("@lancedb/lancedb");
  const target = isUri(place) ? place : resolve(place);
  try {
    const connection = await connect(target);
    await connection.tableNames({ limit: 1 });
    return connection;
  } catch (error) {
    throw new InputError(
      {
        got: `the place ${place} cannot be opened (${reasonOf(error)})`,
        allowed: "a folder, or a URI of object storage that LanceDB knows (s3://, gs://, az://, file://)",
        todo: "check it, and the credentials in the environment",
      },
      { cause: error },
    );
  }
}

/** The table, or undefined where there is none yet. */
export async function openTable(connection: Connection, name: string): Promise<Table | undefined> {
  return (await connection.tableNames()).includes(name) ? connection.openTable(name) : undefined;
}

/** Adds rows, making the table with the first ones. */
export async function addRows(
  connection: Connection,
  name: string,
  rows: readonly Record<string, unknown>[],
  table: Table | undefined,
): Promise<Table | undefined> {
  if (rows.length === 0) return table;
  if (!table) return connection.createTable(name, [...rows]);
  await table.add([...rows]);
  return table;
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Deletes the rows of these sources. */
export async function deleteSources(table: Table | undefined, sources: readonly string[]): Promise<void> {
  for (let at = 0; table && at < sources.length; at += 200)
    await table.delete(
      `source IN (${sources
        .slice(at, at + 200)
        .map(literal)
        .join(", ")})`,
    );
}

/** The facts of the build that ended with this version of `passages`. @throws RunError where they are not there. */
export async function factsOf(table: Table, version: number): Promise<FactsRow> {
  const [row] = await table.query().where(`version = ${version}`).limit(1).toArray();
  if (!row) throw new RunError({ got: "a corpus without the facts of its last build", todo: "build it again in an empty place" });
  return factsRowSchema.parse(row);
}
