// A new task is one file. This one, BC5CDR (Li et al. 2016), is defined here, as its file would be, and goes the whole way: opened, asked, read and scored.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { extractAnswer, metricByName } from "../../../kernel-lib/src/evaluate/index.js";
import { entityTask } from "../../../kernel-lib/src/evaluate/tasks/entity-task.js";
import { type BenchmarkTask, openTask } from "../../../kernel-lib/src/evaluate/tasks/index.js";
import { readIob2, readSentence } from "../../../kernel-lib/src/evaluate/tasks/iob2.js";
import { originals } from "./originals.js";

const types = ["Chemical", "Disease"];
const devel = {
  name: "bc5cdr/devel.tsv",
  url: "https://raw.githubusercontent.com/cambridgeltl/MTL-Bioinformatics-2016/df0df02fae6dbb87d88ffcf323b9096528f06f84/data/BC5CDR-IOB/devel.tsv",
};
const like = entityTask({
  id: "bc5cdr",
  title: "BC5CDR",
  version: 1,
  card: "Chemicals and diseases in PubMed abstracts, a sentence an item.",
  folder: "BC5CDR-IOB",
  licence: "repository: CC BY 4.0",
  types,
  instruction: `Find every entity of these types: ${types.join(", ")}. Answer with entity <Type>, separated by commas, or none.`,
  test: { sha256: "", bytes: 0, rows: {} },
  devel: { sha256: "", bytes: 0, rows: {} },
});

/** Over one file only: its first sentences are shown, the others scored. */
const shown = 500;
const bc5cdr: BenchmarkTask = {
  ...like,
  suite: "ours",
  files: [devel],
  splits: { test: "all but the first 500 sentences of the development file", demonstrations: "the first 500" },
  load(source, split) {
    const items = readIob2(source.text(devel.name), { name: devel.name, types }).map((sentence, index) => {
      const { text, entities } = readSentence(sentence);
      const gold = entities.map((entity) => `${entity.text} <${entity.type}>`).join(", ") || "none";
      return { id: `devel-${index + 1}`, input: text, gold, entities };
    });
    return split === "test" ? items.slice(shown) : items.slice(0, shown);
  },
};

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "selfspec-new-task-"));
  vi.stubEnv("SELFSPEC_CACHE", scratch);
  vi.stubEnv("SELFSPEC_BENCHMARKS", "");
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(scratch, { recursive: true, force: true });
});

/** Scores what `answer` says to every item, in percent. */
function score(answer: (gold: string) => string, from: string): number {
  const { task, items } = openTask({ task: bc5cdr, from });
  const metric = metricByName("entity-f1", task.labels);
  const sums: number[] = new Array(metric.width).fill(0);
  for (const { input, gold } of items.test) {
    const { lenient } = extractAnswer({ raw: answer(gold), task, input });
    for (const [index, count] of metric.tally({ text: answer(gold), reading: lenient, golds: [gold] }).entries())
      sums[index]! += count;
  }
  return 100 * metric.value(sums);
}

describe("a task that is in no registry", () => {
  it("has no mini set, and says what to do where its file is not there", () => {
    expect(() => openTask({ task: bc5cdr })).toThrow(/bc5cdr without bc5cdr\/devel\.tsv and without a mini set.*data pull/);
  });

  it("is opened, read and scored on a made-up file of its format", () => {
    const sentence = "Aspirin\tB-Chemical\neases\tO\nheadache\tB-Disease\n.\tO\n\n";
    mkdirSync(join(scratch, "mine", "bc5cdr"), { recursive: true });
    writeFileSync(join(scratch, "mine", devel.name), sentence.repeat(shown + 3));
    const from = join(scratch, "mine");
    expect(openTask({ task: bc5cdr, from }).items.test).toHaveLength(3);
    expect(score((gold) => gold, from)).toBe(100);
    expect(score(() => "Aspirin <Chemical>, headache <Chemical>", from)).toBe(50);
  });

  it.skipIf(originals === undefined)(
    "is the same on the original: 4,581 sentences with 9,593 entities, all found by their own names",
    () => {
      const { items, origin } = openTask({ task: { ...bc5cdr, requiresEntity: false }, from: originals! });
      const all = [...items.demonstrations, ...items.test];
      expect([origin, all.length, all.flatMap(({ entities }) => entities).length]).toEqual(["original", 4581, 9593]);
      expect(score((gold) => gold, originals!)).toBeGreaterThan(99);
      expect(score(() => "none", originals!)).toBe(0);
    },
  );
});
