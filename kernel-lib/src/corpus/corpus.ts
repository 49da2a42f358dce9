// A corpus that BM25 can search: one that was built before, or a source that is indexed on the first call and kept in the cache.
import { randomBytes } from "node:crypto";
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Table } from "@lancedb/lancedb";
import { cacheDirectory, InputError, type OnProgress } from "../runtime/index.js";
import type { Domain } from "../seeds/index.js";
import { buildFrom, defaultLicence, parseSettings } from "./build-corpus.js";
import type { FoundPassage } from "./passage.js";
import { fingerprintOf } from "./publish.js";
import { searcher } from "./search.js";
import { fileSource, type Source, wordnetSource } from "./source.js";
import { allCorpusFiles } from "./source-files.js";
import { type CorpusSettings, completeTag, connectTo, factsOf, isBuilt, openTable, reasonOf, settingsSchema } from "./tables.js";
import { analyser } from "./terms.js";

export interface Corpus {
  /** Passages held. */
  readonly count: number;
  readonly source: string;
  readonly licence: string;
  /** Equal fingerprints hold equal passages and find them alike. */
  readonly fingerprint: string;
  readonly settings: CorpusSettings;
  /**
   * The `k` best passages by BM25 (bm25.ts: Lucene's formula, k1 1.5, b 0.75), best first; fewer where fewer share a term with the query.
   * Many searches may be under way at once.
   */
  search(query: string, k: number): Promise<FoundPassage[]>;
  close(): void;
}

/**
 * Opens a corpus that `buildCorpus` made, as its last finished build left it: a build that goes on meanwhile changes nothing here.
 * @throws InputError where there is none, or only an unfinished one.
 */
export const openBuiltCorpus = (place: string): Promise<Corpus> => openAt(place, {});

async function openAt(place: string, label: { source?: string; licence?: string }): Promise<Corpus> {
  const connection = await connectTo(place);
  let passages: Table | undefined;
  try {
    passages = await openTable(connection, "passages");
    const facts = await openTable(connection, "facts");
    if (!passages || !facts)
      throw new InputError({
        got: `${place} holds no corpus`,
        allowed: "what corpus build made",
        todo: "check the place, or build it",
      });
    const tagged = (await (await passages.tags()).list())[completeTag];
    if (!tagged)
      throw new InputError({
        got: `the corpus ${place} was never finished`,
        todo: "run the same corpus build again, it goes on",
      });
    await passages.checkout(completeTag);
    const { count, meanLength, fingerprint, settings: stated, ...built } = await factsOf(facts, await passages.version());
    const { source = place, licence = built.licence } = label;
    facts.close();
    const settings = settingsSchema.parse(JSON.parse(stated));
    const find = searcher(passages, { count, meanLength }, analyser(settings));
    const open = passages;
    return {
      ...{ count, source, licence, fingerprint, settings },
      async search(query, k) {
        return (await find(query, k)).map((hit, index) => ({ ...hit, licence, rank: index + 1 }));
      },
      close() {
        open.close();
        connection.close();
      },
    };
  } catch (error) {
    passages?.close();
    connection.close();
    if (error instanceof InputError) throw error;
    throw new InputError(
      { got: `the corpus ${place} cannot be read (${reasonOf(error)})`, todo: "build it again in an empty place" },
      { cause: error },
    );
  }
}

/** Builds beside the place and moves it there whole; where another process was first, its corpus stays. */
async function buildOnce(directory: string, sources: readonly Source[], options: Omit<Parameters<typeof buildFrom>[1], "to">) {
  const draft = `${directory}.${process.pid}-${randomBytes(4).toString("hex")}`;
  try {
    await buildFrom(sources, { ...options, to: draft });
    try {
      renameSync(draft, directory);
    } catch (error) {
      if (!existsSync(directory)) throw error; // else another process was first
    }
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/**
 * Opens a corpus, indexing a source on the first call (about ten seconds for 100,000 passages).
 * `source` is "wordnet" (the default: definitions of the domain's nouns); a .txt, .md, .jsonl or .parquet file, or a folder of them; or the
 * folder or URI of a corpus that was built before. Terms are stems without stop words unless `settings` say otherwise.
 * @throws InputError for a source that is missing, unreadable or empty.
 */
export async function openCorpus(options: {
  domain: Domain;
  source?: string;
  /** Stated licence of a source of your own. */
  licence?: string;
  settings?: Partial<CorpusSettings>;
  /** Where indexes are kept; the cache by default. */
  directory?: string;
  onProgress?: OnProgress | undefined;
  signal?: AbortSignal | undefined;
}): Promise<Corpus> {
  const { domain, source = "wordnet", onProgress, signal } = options;
  const isWordnet = source === "wordnet";
  if (!isWordnet && isBuilt(source)) return openBuiltCorpus(source);
  const settings = parseSettings({ stem: true, ...(isWordnet && { keepDuplicates: true }), ...options.settings });
  const fields = { text: settings.textField, id: settings.idField };
  const sources = isWordnet
    ? [wordnetSource(domain)]
    : allCorpusFiles([source]).map((file) => fileSource(file, fields, settings));
  const named: [string, string][] = [];
  for (const one of sources) named.push([one.name, await one.hash()]);
  const directory = join(options.directory ?? cacheDirectory("corpus"), fingerprintOf(settings, named));
  const licence = isWordnet ? "WordNet licence" : (options.licence ?? defaultLicence);
  if (!existsSync(directory)) await buildOnce(directory, sources, { settings, licence, onProgress, signal });
  return openAt(directory, { source: isWordnet ? sources[0]!.name : source, licence });
}
