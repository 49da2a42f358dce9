import { describe, expect, it } from "vitest";
import { readQueries } from "../../kernel-lib/src/corpus/index.js";
import { type Document, type Fields, readDocuments } from "../../kernel-lib/src/corpus/read-documents.js";
import { fileSource } from "../../kernel-lib/src/corpus/source.js";
import { allCorpusFiles, corpusFiles } from "../../kernel-lib/src/corpus/source-files.js";
import { type Cut, defaultCut, splitPassages } from "../../kernel-lib/src/corpus/split-passages.js";
import { InputError } from "../../kernel-lib/src/runtime/index.js";
import { testFolder, writeParquet } from "./folder.js";

const { at, write, jsonl } = testFolder();
const fields: Fields = { text: "text", id: "id" };

async function documents(path: string, named = fields): Promise<Document[]> {
  const found: Document[] = [];
  for await (const { position: _, ...document } of readDocuments(path, named)) found.push(document);
  return found;
}

async function passages(path: string, cut: Cut = defaultCut): Promise<[id: string, text: string][]> {
  const found: [string, string][] = [];
  for (const file of corpusFiles(path))
    for await (const { id, text } of fileSource(file, fields, cut).passages()) found.push([id, text]);
  return found;
}

const sentence = (word: string, words: number): string =>
  `${Array.from({ length: words }, (_, index) => `${word}${index}`).join(" ")}.`;
const lengths = (text: string, cut: Cut): number[] => splitPassages(text, cut).map((piece) => piece.split(" ").length);

describe("cutting", () => {
  const text = [sentence("a", 60), sentence("b", 60), sentence("c", 60)].join(" ");

  it("divides long paragraphs at the ends of sentences", () => {
    expect(lengths(text, defaultCut)).toEqual([120, 60]);
  });

  it("repeats the last sentences that fit into the overlap", () => {
    expect(splitPassages(text, { maxWords: 150, overlap: 60 })).toEqual([
      `${sentence("a", 60)} ${sentence("b", 60)}`,
      `${sentence("b", 60)} ${sentence("c", 60)}`,
    ]);
    expect(lengths(text, { maxWords: 150, overlap: 59 })).toEqual([120, 60]);
  });

  it("never makes a passage of more than the most words, even of one endless sentence", () => {
    expect(lengths(sentence("a", 100), { maxWords: 30, overlap: 20 })).toEqual([30, 30, 30, 10]);
    expect(splitPassages(sentence("a", 100), { maxWords: 30, overlap: 0 }).join(" ")).toBe(sentence("a", 100));
  });

  it("can leave documents whole, with single blanks", () => {
    expect(splitPassages(" one\n\ntwo  three\t", { maxWords: null, overlap: 0 })).toEqual(["one two three"]);
    expect(splitPassages(" \n\n ", { maxWords: null, overlap: 0 })).toEqual([]);
  });
});

describe("text and Markdown", () => {
  it("give a passage a paragraph, named after file and number", async () => {
    const path = write("notes.md", "# Liver\n\nThe liver makes\nbile.\r\n\r\n  \n\nIt stores glycogen.\n");
    expect(await passages(path)).toEqual([
      ["notes.md#1", "# Liver"],
      ["notes.md#2", "The liver makes bile."],
      ["notes.md#3", "It stores glycogen."],
    ]);
  });

  it("are handed on in parts where a file of megabytes has no paragraph, and no word is lost", async () => {
    const text = sentence("wörd", 400_000);
    const found = await documents(write("endless.txt", text));
    expect(found.length).toBeGreaterThan(2);
    expect(Math.max(...found.map((document) => document.text.length))).toBeLessThanOrEqual(1 << 20);
    expect(found.map((document) => document.text).join("") === text).toBe(true);
  });
});

describe("JSON Lines", () => {
  it("keeps the rows' own ids, numbers the pieces of a row that is cut, and names rows without an id after the file", async () => {
    const rows = [
      { id: "first", text: "one" },
      { id: 7, text: `${sentence("a", 100)} ${sentence("b", 100)}`, year: 2020 },
      { text: "three" },
    ];
    expect((await passages(jsonl("rows.jsonl", rows))).map(([id]) => id)).toEqual(["first", "7#1", "7#2", "rows.jsonl#4"]);
  });

  it("takes other fields where they are named", async () => {
    const path = jsonl("fields.jsonl", [{ _id: "x", abstract: "one", text: 5 }]);
    expect(await documents(path, { text: "abstract", id: "_id" })).toEqual([{ id: "x", text: "one" }]);
  });

  it("reads a last line without its line break, blank lines, a byte order mark and Windows line ends", async () => {
    const path = write("loose.jsonl", '\uFEFF{"text":"one"}\r\n\r\n{"text":"two"}');
    expect((await documents(path)).map(({ text }) => text)).toEqual(["one", "two"]);
  });

  it.each([
    ["is not JSON", '{"text":"one"}\n{"text":', /bad\.jsonl:2 is not JSON/],
    ["has no text", '{"text":"one"}\n\n{"body":"two"}', /bad\.jsonl:3 is not a document: text/],
    ["is no object", "5", /bad\.jsonl:1 is not a document: row/],
  ])("tells file and line of a row that %s", async (_, text, message) => {
    const reading = documents(write("bad.jsonl", text));
    await expect(reading).rejects.toThrow(InputError);
    await expect(reading).rejects.toThrow(message);
  });
});

describe("Parquet", () => {
  it("gives rows in order with their ids, and skips those without text", async () => {
    const path = await writeParquet(
      at("rows.parquet"),
      "SELECT i AS id, CASE WHEN i = 2 THEN NULL ELSE 'row ' || i END AS text FROM range(1, 5001) t(i)",
    );
    const found = await documents(path);
    expect(found).toHaveLength(4999);
    expect(found.slice(0, 2)).toEqual([
      { id: "1", text: "row 1" },
      { id: "3", text: "row 3" },
    ]);
    expect(found.at(-1)).toEqual({ id: "5000", text: "row 5000" });
  });

  it("names the columns where the text is missing, and refuses what is no Parquet", async () => {
    const path = await writeParquet(at("other.parquet"), "SELECT 1 AS n, 'x' AS body");
    await expect(documents(path)).rejects.toThrow(/no column "text" but n, body/);
    await expect(documents(write("broken.parquet", "not parquet"))).rejects.toThrow(
      /broken\.parquet is not a readable Parquet file/,
    );
  });
});

describe("folders", () => {
  it("are read in name order through all levels, other types left out", async () => {
    write("many/z.txt", "last");
    write("many/b/x.txt", "first\n\nsecond");
    write("many/skip.png", "no text");
    expect((await passages(at("many"))).map(([id]) => id)).toEqual(["b/x.txt#1", "b/x.txt#2", "z.txt#1"]);
  });

  it("may not hold files of the same name as another source's", () => {
    write("one/x.txt", "one");
    write("two/x.txt", "two");
    expect(() => allCorpusFiles([at("one"), at("two")])).toThrow(/two files named x\.txt: in .*one and .*two/);
    expect(allCorpusFiles([at("one"), at("one")])).toHaveLength(1);
  });
});

describe("a file of queries", () => {
  it("has a query or a text a row, with the row's id as it is", () => {
    const path = jsonl("queries.jsonl", [
      { id: 1, query: "liver" },
      { id: "b", text: "heart" },
      { text: "x", query: "bone" },
    ]);
    expect(readQueries(path)).toEqual([{ id: 1, query: "liver" }, { id: "b", query: "heart" }, { query: "bone" }]);
  });

  it.each([
    ["is missing", () => at("nowhere.jsonl"), /nowhere\.jsonl does not exist/],
    ["is empty", () => write("none.jsonl", "\n"), /none\.jsonl has no query/],
    [
      "has a row that is none",
      () => jsonl("id.jsonl", [{ id: 1 }]),
      /id\.jsonl:1 is not a query: row: neither "query" nor "text"/,
    ],
  ])("is refused where it %s", (_, path, message) => {
    expect(() => readQueries(path())).toThrow(message);
  });
});
