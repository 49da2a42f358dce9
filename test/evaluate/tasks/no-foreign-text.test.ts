// Nothing that somebody else wrote is committed: the tree is compared with every local copy of a benchmark.
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { benchmarkTasks } from "../../../kernel-lib/src/evaluate/tasks/index.js";
import { committedTexts, foreignWords, sharedRuns, wordsOf } from "./foreign-texts.js";
import { originals } from "./originals.js";

/** The names that answers are made of are the benchmarks' own; a row of them, or of table cells, is no sentence. */
const nameWords = new Set(benchmarkTasks.flatMap(({ labels = [] }) => labels.flatMap(wordsOf)));
function isSentence({ words }: { words: string }): boolean {
  const all = words.split(" ");
  return all.filter((word) => !nameWords.has(word) && !/^\d+$/.test(word)).length * 2 >= all.length;
}

describe("sharedRuns", () => {
  const committed = [
    { path: "one", text: "The cat sat on\\n the mat," },
    { path: "two", text: "and the dog barked." },
  ];
  const runs = (foreign: string) => sharedRuns({ committed, foreign: [wordsOf(foreign)], length: 4 });

  it("finds a run whatever its case, its marks and its line breaks are, and says where it stands", () => {
    expect(runs("Once, the CAT sat: on it")).toEqual([{ path: "one", words: "the cat sat on" }]);
  });

  it("finds none across two files, and none that is shorter", () => {
    expect(runs("on the mat and the dog")).toEqual([]);
    expect(runs("cat sat on a mat")).toEqual([]);
  });
});

describe.skipIf(originals === undefined)(
  "the committed tree and the local copies of the benchmarks",
  { timeout: 120_000 },
  () => {
    const foreign = originals === undefined ? [] : [...foreignWords(join(originals, "raw"))];

    it("the copies are read whole, archives too", () => {
      expect(foreign.flat().length).toBeGreaterThan(1_500_000);
    });

    it.each([
      ["what is written here as data and as tests", 8, ["data/benchmarks", "data/seeds", "test"]],
      ["everything, also what a model wrote, which by chance may share a few words", 13, ["."]],
    ])("%s: no %i words in a row are shared", (_, length, folders) => {
      const committed = committedTexts(folders);
      expect(committed.length).toBeGreaterThan(100);
      expect(sharedRuns({ committed, foreign, length }).filter(isSentence)).toEqual([]);
    });
  },
);
