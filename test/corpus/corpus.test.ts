import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCorpus } from "../../kernel-lib/src/corpus/index.js";
import { readDocuments, splitPassages } from "../../kernel-lib/src/corpus/read-documents.js";
import { wordnetGlosses } from "../../kernel-lib/src/corpus/wordnet-glosses.js";
import { InputError } from "../../kernel-lib/src/runtime/index.js";

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);
const licence = "test";
const texts = async (source: string): Promise<string[]> => (await readDocuments({ source, licence })).map(({ text }) => text);

async function writeParquet(path: string, query: string): Promise<void> {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "selfspec-corpus-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a corpus of one's own", () => {
  it("takes a passage a paragraph from text and Markdown", async () => {
    writeFileSync(at("notes.md"), "# Liver\n\nThe liver makes\nbile.\r\n\r\n  \n\nIt stores glycogen.\n");
    expect(await texts(at("notes.md"))).toEqual(["# Liver", "The liver makes bile.", "It stores glycogen."]);
  });

  it("divides long paragraphs at the ends of sentences", () => {
    const sentence = `${Array.from({ length: 60 }, (_, index) => `w${index}`).join(" ")}.`;
    expect(splitPassages([sentence, sentence, sentence].join(" ")).map((piece) => piece.split(" ").length)).toEqual([120, 60]);
  });

  it("takes the text of JSON Lines rows and tells the line of a bad one", async () => {
    writeFileSync(at("rows.jsonl"), '{"text":"one","year":2020}\n{"text":"two"}\n');
    expect(await texts(at("rows.jsonl"))).toEqual(["one", "two"]);
    writeFileSync(at("bad.jsonl"), '{"text":"one"}\n{"body":"two"}\n');
    await expect(texts(at("bad.jsonl"))).rejects.toThrow(/bad\.jsonl:2/);
  });

  it("takes the column text of Parquet, and names the columns where it is missing", async () => {
    await writeParquet(at("rows.parquet"), "SELECT * FROM (VALUES (1, 'one'), (2, NULL), (3, 'three')) t(n, text)");
    expect(await texts(at("rows.parquet"))).toEqual(["one", "three"]);
    await writeParquet(at("other.parquet"), "SELECT 1 AS n, 'x' AS body");
    await expect(texts(at("other.parquet"))).rejects.toThrow(/no column "text" but n, body/);
    writeFileSync(at("broken.parquet"), "not parquet");
    await expect(texts(at("broken.parquet"))).rejects.toThrow(InputError);
  });

  it("reads all files of a folder in name order, with ids that name file and passage", async () => {
    mkdirSync(at("many", "b"), { recursive: true });
    writeFileSync(at("many", "z.txt"), "last");
    writeFileSync(at("many", "b", "x.txt"), "first\n\nsecond");
    writeFileSync(at("many", "skip.png"), "no text");
    const passages = await readDocuments({ source: at("many"), licence });
    expect(passages.map(({ id }) => id)).toEqual(["b/x.txt#1", "b/x.txt#2", "z.txt#1"]);
    expect(passages[0]).toMatchObject({ text: "first", source: "b/x.txt", licence });
  });

  it.each([
    ["missing", () => at("nowhere.txt"), /does not exist/],
    ["of unknown type", () => at("many", "skip.png"), /unknown type/],
    ["empty", () => at("empty.txt"), /is empty/],
    ["a folder with nothing to read", () => at("bare"), /nothing to read/],
  ])("refuses a source that is %s", async (_, source, message) => {
    writeFileSync(at("empty.txt"), "\n\n");
    mkdirSync(at("bare"), { recursive: true });
    const reading = openCorpus({ domain: "finance", source: source(), directory: at("index") });
    await expect(reading).rejects.toThrow(InputError);
    await expect(reading).rejects.toThrow(message);
  });
});

describe("searching", () => {
  const search = async (query: string, k: number) => {
    writeFileSync(
      at("three.txt"),
      "The liver makes bile, and bile dissolves fat.\n\nThe heart pumps blood to the liver.\n\nBones grow until the age of twenty.",
    );
    const corpus = await openCorpus({ domain: "biomedicine", source: at("three.txt"), licence, directory: at("index") });
    try {
      return await corpus.search(query, k);
    } finally {
      corpus.close();
    }
  };

  it("finds the best passages by BM25, ranked from 1, stemming words", async () => {
    const found = await search("bile of livers", 5);
    expect(found.map(({ id, rank }) => [id, rank])).toEqual([
      ["three.txt#1", 1],
      ["three.txt#2", 2],
    ]);
    expect(found[0]!.score).toBeGreaterThan(found[1]!.score);
    expect(await search("bile of livers", 1)).toEqual(found.slice(0, 1));
  });

  it("takes a query as words, whatever it holds", async () => {
    expect((await search('bone: "AND (growth* OR -x', 3)).map(({ id }) => id)).toEqual(["three.txt#3"]);
    expect(await search("unrelated", 3)).toEqual([]);
  });

  it("builds an index once a content and again when the content changes", async () => {
    writeFileSync(at("change.txt"), "cortex");
    const options = { domain: "finance", source: at("change.txt"), directory: at("indexes") } as const;
    const first = await openCorpus(options);
    const again = await openCorpus(options);
    expect(again.fingerprint).toBe(first.fingerprint);
    writeFileSync(at("change.txt"), "marrow");
    const changed = await openCorpus(options);
    expect(changed.fingerprint).not.toBe(first.fingerprint);
    expect((await changed.search("marrow", 1))[0]?.text).toBe("marrow");
    expect(readdirSync(at("indexes")).sort()).toEqual([first.fingerprint, changed.fingerprint].sort());
    for (const corpus of [first, again, changed]) corpus.close();
  });
});

describe("the embedded corpus", () => {
  it("holds WordNet's definitions of the domain's nouns, each led by its synonyms and without examples", () => {
    const passages = wordnetGlosses("biomedicine");
    expect(passages).toHaveLength(8551);
    expect(new Set(passages.map(({ id }) => id.split(":")[1]))).toEqual(new Set(["noun.body", "noun.state", "noun.substance"]));
    expect(passages.every(({ text }) => /^[^:]+: \S/.test(text) && !text.includes('"'))).toBe(true);
    expect(wordnetGlosses("finance").some(({ text }) => text.startsWith("dividend"))).toBe(true);
  });

  it("finds the definition that a task needs", async () => {
    const corpus = await openCorpus({ domain: "biomedicine", directory: at("wordnet") });
    const [best] = await corpus.search("What is a myocardial infarction?", 3);
    corpus.close();
    expect(corpus).toMatchObject({ count: 8551, source: "WordNet 3.1", licence: "WordNet licence" });
    expect(best!.text).toMatch(/infarct/);
  });
});
