// Rankings beside the reference cases: bm25s 0.3.16, method "lucene", k1 1.5, b 0.75, words of Python's \w+. They are fetched text and not in
// the repository.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { connect, MatchQuery } from "@lancedb/lancedb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { idf, lanceWeight, type Statistics, saturation } from "../../kernel-lib/src/corpus/bm25.js";
import { buildCorpus, type Corpus, openBuiltCorpus } from "../../kernel-lib/src/corpus/index.js";
import { wordsOf } from "../../kernel-lib/src/corpus/terms.js";
import { projectRoot } from "../../kernel-lib/src/runtime/index.js";
import { testFolder } from "./folder.js";

const path = join(projectRoot(), "..", "shared", "reference-cases", "bm25_cases.json");
const casesSchema = z.object({
  corpus: z.array(z.string()),
  cases: z.array(z.object({ query: z.string(), lucene: z.array(z.tuple([z.number(), z.number()])) })),
});

describe.skipIf(!existsSync(path))("the reference cases (skipped where they are not here)", { timeout: 30_000 }, () => {
  const { at, jsonl } = testFolder();
  let texts: string[];
  let cases: z.infer<typeof casesSchema>["cases"];
  let corpus: Corpus;
  beforeAll(async () => {
    ({ corpus: texts, cases } = casesSchema.parse(JSON.parse(readFileSync(path, "utf8"))));
    const source = jsonl(
      "reference.jsonl",
      texts.map((text, id) => ({ id, text })),
    );
    await buildCorpus({ sources: [source], to: at("built"), settings: { maxWords: null, keepDuplicates: true } });
    corpus = await openBuiltCorpus(at("built"));
  });
  afterAll(() => corpus?.close());

  it("are answered with the same passages in the same order, ties included, and the same scores", async () => {
    for (const { query, lucene } of cases) {
      const found = await corpus.search(query, 10);
      expect(
        found.map(({ id }) => Number(id)),
        query,
      ).toEqual(lucene.map(([id]) => id));
      found.forEach(({ score }, index) => {
        expect(score).toBeCloseTo(lucene[index]![1], 9);
      });
    }
  });

  it("show what LanceDB's own score is: 2.2 times the same formula at k1 1.2, in float32", async () => {
    const words = texts.map(wordsOf);
    const meanLength = words.reduce((sum, { length }) => sum + length, 0) / words.length;
    const statistics: Statistics = { count: words.length, meanLength };
    const holding = (word: string): number => words.filter((row) => row.includes(word)).length;
    const connection = await connect(at("built"));
    const table = await connection.openTable("passages");
    let [compared, sameOrder] = [0, 0];
    for (const { query, lucene } of cases) {
      const terms = wordsOf(query);
      const rows = await table
        .query()
        .fullTextSearch(new MatchQuery(terms.join(" "), "terms"))
        .limit(10)
        .toArray();
      for (const { id, _score } of rows as { id: string; _score: number }[]) {
        const row = words[Number(id)]!;
        const expected = terms.reduce((sum, term) => {
          const frequency = row.filter((word) => word === term).length;
          return frequency === 0 ? sum : sum + idf(holding(term), statistics) * lanceWeight(frequency, row.length, statistics);
        }, 0);
        expect(_score / expected).toBeCloseTo(1, 5);
        compared++;
      }
      if (rows.map(({ id }) => Number(id)).join() === lucene.map(([id]) => id).join()) sameOrder++;
    }
    connection.close();
    expect(compared).toBeGreaterThan(200);
    // The other k1 alone changes the order of more than half of the lists.
    expect(sameOrder).toBeGreaterThan(10);
    expect(sameOrder).toBeLessThan(20);
    expect(saturation(1, meanLength, statistics)).toBeCloseTo(0.4, 12);
  });
});
