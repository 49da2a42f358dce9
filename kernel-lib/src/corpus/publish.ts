// The end of a build: the index takes in what is new, and the tag that readers follow moves on to the finished version.
import type { Connection, Table, Version } from "@lancedb/lancedb";
import { InputError, sha256 } from "../runtime/index.js";
import type { Ledger } from "./ledger.js";
import { addRows, type CorpusSettings, completeTag, type FactsRow, factsOf, openTable } from "./tables.js";

/** Changes whenever passages are cut, analysed or indexed in another way. */
export const corpusVersion = 2;

/** Equal fingerprints hold equal texts and find them alike. `sources` are [name, content hash]. */
export const fingerprintOf = (settings: CorpusSettings, sources: readonly (readonly [string, string])[]): string =>
  sha256(JSON.stringify([corpusVersion, settings, [...sources].sort(([a], [b]) => (a < b ? -1 : 1))]));

async function meanLength(passages: Table): Promise<{ count: number; mean: number }> {
  let [count, sum] = [0, 0];
  for await (const batch of passages.query().select(["length"])) {
    count += batch.numRows;
    for (const length of batch.getChild("length")!) sum += Number(length);
  }
  return { count, mean: count === 0 ? 0 : sum / count };
}

async function bringIndexUpToDate(passages: Table): Promise<void> {
  const { Index } = await import("@lancedb/lancedb");
  const indices = await passages.listIndices();
  if (indices.length === 0) {
    // The terms are made by us (terms.ts): LanceDB only takes them apart at the blanks.
    const config = Index.fts({
      ...{ baseTokenizer: "whitespace", lowercase: false, stem: false, removeStopWords: false, asciiFolding: false },
      ...{ maxTokenLength: 1_000_000, withPosition: false },
    });
    await passages.createIndex("terms", { config });
  }
  // Nothing is as old as that: versions that readers have open stay until the tag has moved, and a tagged one would be refused.
  const [{ timestamp: longAgo }] = (await passages.listVersions()) as [Version, ...Version[]];
  longAgo.setFullYear(1980);
  await passages.optimize({ cleanupOlderThan: longAgo });
}

async function taggedFacts(passages: Table, facts: Table): Promise<FactsRow | undefined> {
  const tag = (await (await passages.tags()).list())[completeTag];
  return tag ? factsOf(facts, await (await passages.tags()).getVersion(completeTag)) : undefined;
}

/** @throws InputError where no source had any text. */
export async function publish({
  ledger,
  connection,
  settings,
  licence,
  place,
}: {
  ledger: Ledger;
  connection: Connection;
  settings: CorpusSettings;
  licence: string;
  place: string;
}): Promise<FactsRow> {
  const passages = ledger.passages();
  const { count, mean } = passages ? await meanLength(passages) : { count: 0, mean: 0 };
  if (!passages || count === 0)
    throw new InputError({
      got: `corpus ${place} is empty`,
      allowed: "at least one passage of text",
      todo: "choose another source",
    });
  const facts = (await openTable(connection, "facts"))!;
  const fingerprint = fingerprintOf(
    settings,
    (await ledger.sourceRows()).map(({ source, version }) => [source, version]),
  );
  const before = await taggedFacts(passages, facts);
  if (before?.fingerprint === fingerprint && before.count === count && before.licence === licence) return before;

  await bringIndexUpToDate(passages);
  const version = await passages.version();
  const row: FactsRow = { version, fingerprint, count, meanLength: mean, licence, settings: JSON.stringify(settings) };
  await addRows(connection, "facts", [row], facts);
  const tags = await passages.tags();
  if (before) await tags.update(completeTag, version);
  else await tags.create(completeTag, version);
  await passages.optimize(); // now versions of a week ago may go
  return row;
}
