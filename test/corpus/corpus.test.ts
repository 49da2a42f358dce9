import { mkdirSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { buildCorpus, type Corpus, openBuiltCorpus, openCorpus } from "../../kernel-lib/src/corpus/index.js";
import { wordnetGlosses } from "../../kernel-lib/src/corpus/wordnet-glosses.js";
import { InputError } from "../../kernel-lib/src/runtime/index.js";
import { testFolder } from "./folder.js";

const { at, write, jsonl } = testFolder();

describe("searching", { timeout: 30_000 }, () => {
  const open = (stem = true): Promise<Corpus> => {
    const source = write(
      "three.txt",
      "The liver makes bile, and bile dissolves fat.\n\nThe heart pumps blood to the liver.\n\nBones grow until the age of twenty.",
    );
    return openCorpus({ domain: "biomedicine", source, licence: "test", directory: at("index"), settings: { stem } });
  };
  const ids = async (corpus: Corpus, query: string, k: number): Promise<string[]> =>
    (await corpus.search(query, k)).map(({ id }) => id);

  it("finds the best passages by BM25, ranked from 1, and stems words unless told otherwise", async () => {
    const corpus = await open();
    const found = await corpus.search("bile of livers", 5);
    expect(found.map(({ id, rank, source, licence }) => [id, rank, source, licence])).toEqual([
      ["three.txt#1", 1, "three.txt", "test"],
      ["three.txt#2", 2, "three.txt", "test"],
    ]);
    expect(await corpus.search("bile of livers", 1)).toEqual(found.slice(0, 1));
    corpus.close();
    const literal = await open(false);
    expect(await ids(literal, "livers", 5)).toEqual([]);
    expect(await ids(literal, "THE", 5)).toEqual(["three.txt#2", "three.txt#3", "three.txt#1"]);
    literal.close();
  });

  it("takes a query as words, whatever it holds", async () => {
    const corpus = await open();
    expect(await ids(corpus, 'bone: "AND (growth* OR -x', 3)).toEqual(["three.txt#3"]);
    for (const query of ["unrelated", "", "the", "?!", "' OR 1=1"]) expect(await corpus.search(query, 3), query).toEqual([]);
    await expect(corpus.search("bile", 0)).rejects.toThrow(/the 0 best passages; allowed: a whole number from 1/);
    corpus.close();
  });

  it("orders equal scores as the passages stand in their source, and finds all of them where many score alike", async () => {
    const rows = Array.from({ length: 300 }, (_, index) => ({ id: `p${index}`, text: `same ${index}` }));
    const source = jsonl("alike.jsonl", rows);
    const corpus = await openCorpus({ domain: "finance", source, directory: at("index"), settings: { stem: false } });
    expect(await ids(corpus, "same", 40)).toEqual(rows.slice(0, 40).map(({ id }) => id));
    expect(await ids(corpus, "same", 300)).toHaveLength(300);
    corpus.close();
  });

  it("counts passages without any word, as bm25s does", async () => {
    const source = jsonl("wordless.jsonl", [
      { id: "a", text: "liver bile" },
      { id: "b", text: "!!!" },
      { id: "c", text: "heart" },
    ]);
    const corpus = await openCorpus({ domain: "finance", source, directory: at("index"), settings: { stem: false } });
    const [hit] = await corpus.search("liver", 3);
    expect(corpus.count).toBe(3);
    // N 3, df 1, |d| 2, mean 1.
    expect(hit!.score).toBeCloseTo(Math.log(1 + 2.5 / 1.5) / (1 + 1.5 * (0.25 + 0.75 * 2)), 12);
    corpus.close();
  });

  it("answers many searches at once as it answers them alone, also from two readers", async () => {
    const rows = Array.from({ length: 500 }, (_, index) => ({
      id: `p${index}`,
      text: `alpha${index % 50} beta${index % 7} gamma${index}`,
    }));
    const to = at("shared");
    await buildCorpus({ sources: [jsonl("many.jsonl", rows)], to });
    const [one, two] = [await openBuiltCorpus(to), await openBuiltCorpus(to)];
    const queries = rows.slice(0, 100).map(({ text }) => text);
    const together = await Promise.all(queries.map((query, index) => (index % 2 ? one : two).search(query, 5)));
    for (const [index, query] of queries.entries()) {
      expect(together[index]).toEqual(await one.search(query, 5));
      expect(together[index]![0]!.id).toBe(`p${index}`);
    }
    one.close();
    two.close();
  });
});

describe("opening", { timeout: 30_000 }, () => {
  it("builds an index once a content and again when the content changes", async () => {
    write("change.txt", "cortex");
    const options = { domain: "finance", source: at("change.txt"), directory: at("indexes") } as const;
    const first = await openCorpus(options);
    const [again, together] = await Promise.all([openCorpus(options), openCorpus(options)]);
    expect([again.fingerprint, together.fingerprint]).toEqual([first.fingerprint, first.fingerprint]);
    write("change.txt", "marrow");
    const [changed, twice] = await Promise.all([openCorpus(options), openCorpus(options)]);
    expect(changed.fingerprint).not.toBe(first.fingerprint);
    expect((await changed.search("marrow", 1))[0]?.text).toBe("marrow");
    expect(readdirSync(at("indexes")).sort()).toEqual([first.fingerprint, changed.fingerprint].sort());
    for (const corpus of [first, again, together, changed, twice]) corpus.close();
  });

  it("takes the folder of a built corpus, with the settings and licence that it was built with", async () => {
    const to = at("built");
    const { fingerprint } = await buildCorpus({
      sources: [write("b.txt", "livers")],
      to,
      settings: { stem: true },
      licence: "CC0",
    });
    const corpus = await openCorpus({ domain: "finance", source: to });
    expect(corpus).toMatchObject({ count: 1, source: to, licence: "CC0", fingerprint, settings: { stem: true } });
    expect(await corpus.search("liver", 1)).toMatchObject([{ id: "b.txt#1", licence: "CC0" }]);
    corpus.close();
  });

  it("refuses a source that is missing or empty, and a place that holds no corpus", async () => {
    const open = (source: string): Promise<Corpus> => openCorpus({ domain: "finance", source, directory: at("index") });
    await expect(open(at("nowhere.txt"))).rejects.toThrow(/does not exist/);
    const empty = open(write("empty.txt", "\n\n"));
    await expect(empty).rejects.toThrow(InputError);
    await expect(empty).rejects.toThrow(/is empty/);
    mkdirSync(at("bare"));
    await expect(openBuiltCorpus(at("bare"))).rejects.toThrow(/holds no corpus/);
  });
});

describe("the embedded corpus", { timeout: 30_000 }, () => {
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
