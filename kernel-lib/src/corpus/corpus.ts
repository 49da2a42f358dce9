// A corpus that BM25 can search: passages in a LanceDB table with a full-text index, made once a source and kept in the cache.
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { cacheDirectory, readJson, sha256, sha256File, writeJson } from "../runtime/index.js";
import type { Domain } from "../seeds/index.js";
import type { FoundPassage, Passage } from "./passage.js";
import { corpusFiles, readDocuments } from "./read-documents.js";
import { wordnetFile, wordnetGlosses } from "./wordnet-glosses.js";

/** Changes whenever passages are cut, or the index is built, in another way. */
const indexVersion = 1;

export interface Corpus {
  /** Passages held. */
  readonly count: number;
  readonly source: string;
  readonly licence: string;
  /** SHA-256 of what the corpus was made from; equal fingerprints find equal passages. */
  readonly fingerprint: string;
  /** The `k` best passages by BM25, best first; fewer where fewer share a word with the query. */
  search(query: string, k: number): Promise<FoundPassage[]>;
  close(): void;
}

const factsSchema = z.strictObject({ count: z.number().int(), source: z.string(), licence: z.string() });
const rowSchema = z.object({ id: z.string(), text: z.string(), source: z.string(), licence: z.string(), _score: z.number() });

async function fingerprintOf(domain: Domain, source: string): Promise<string> {
  const isWordnet = source === "wordnet";
  const files = isWordnet ? [wordnetFile()] : corpusFiles(source);
  const hashes: string[] = [];
  for (const file of files) hashes.push(await sha256File(file));
  return sha256(JSON.stringify([indexVersion, isWordnet ? domain : "files", hashes]));
}

async function buildIndex(directory: string, passages: readonly Passage[]): Promise<void> {
  const { connect, Index } = await import("@lancedb/lancedb");
  const database = await connect(join(directory, "table"));
  const table = await database.createTable(
    "passages",
    passages.map((passage) => ({ ...passage })),
  );
  await table.createIndex("text", { config: Index.fts({ withPosition: false, stem: true, removeStopWords: true }) });
  table.close();
  database.close();
}

/**
 * Opens a corpus, building its index on the first call (about a second for 50,000 passages).
 * `source` is "wordnet" (the default: definitions of the domain's nouns) or a .txt, .md, .jsonl or .parquet file, or a folder of them.
 * @throws InputError for a source that is missing, unreadable or empty.
 */
export async function openCorpus(options: {
  domain: Domain;
  source?: string;
  /** Stated licence of a source of your own. */
  licence?: string;
  /** Where indexes are kept; the cache by default. */
  directory?: string;
}): Promise<Corpus> {
  const { domain, source = "wordnet", licence = "as its owner states" } = options;
  const fingerprint = await fingerprintOf(domain, source);
  const directory = join(options.directory ?? cacheDirectory("corpus"), fingerprint);
  if (!existsSync(join(directory, "facts.json"))) {
    const passages = source === "wordnet" ? wordnetGlosses(domain) : await readDocuments({ source, licence });
    const draft = `${directory}.${process.pid}`;
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true });
    await buildIndex(draft, passages);
    const { source: name, licence: stated } = passages[0]!;
    writeJson(join(draft, "facts.json"), {
      count: passages.length,
      source: source === "wordnet" ? name : source,
      licence: stated,
    });
    rmSync(directory, { recursive: true, force: true });
    renameSync(draft, directory);
  }
  const facts = factsSchema.parse(readJson(join(directory, "facts.json")));
  const { connect, MatchQuery } = await import("@lancedb/lancedb");
  const database = await connect(join(directory, "table"));
  const table = await database.openTable("passages");

  return {
    ...facts,
    fingerprint,
    async search(query, k) {
      const found = await table.query().fullTextSearch(new MatchQuery(query, "text")).limit(k).toArray();
      return found
        .map((row) => rowSchema.parse(row))
        .sort((a, b) => b._score - a._score || (a.id < b.id ? -1 : 1))
        .map(({ _score: score, ...passage }, index) => ({ ...passage, rank: index + 1, score }));
    },
    close() {
      table.close();
      database.close();
    },
  };
}
