// The loaders on the real files, against the figures that were counted apart from them (files[].rows).
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type BenchmarkTask,
  benchmarkTasks,
  openTask,
  type Split,
  splits,
} from "../../../kernel-lib/src/evaluate/tasks/index.js";
import { originals } from "./originals.js";
import { rawSource } from "./sources.js";

const folder = originals ?? "";
const source = rawSource(join(folder, "raw"));
const entityTasks = benchmarkTasks.filter(({ requiresEntity, suite }) => requiresEntity && suite === "paper");
const cases = entityTasks.flatMap((task) => splits.map((split): [string, Split, BenchmarkTask] => [task.id, split, task]));

describe.skipIf(originals === undefined)("the original files", () => {
  it.each(cases)("%s, %s: as many sentences and entities as the corpus has", (_, split, task) => {
    const items = task.load(source, split);
    const { rows } = task.files[splits.indexOf(split)]!;
    expect({ sentences: items.length, entities: items.flatMap(({ entities }) => entities).length }).toEqual(rows);
  });

  it.each(cases)("%s, %s: every entity stands verbatim in its input", (_, split, task) => {
    for (const { input, entities } of task.load(source, split))
      for (const { text } of entities!) expect(input.includes(text) && text.trim() === text && text !== "").toBe(true);
  });

  it.each(cases)("%s, %s: spaces alone change, no character is added or lost", (_, split, task) => {
    const letters = source.text(task.files[splits.indexOf(split)]!.name).replace(/\t.*$/gm, "").replace(/\s/g, "");
    const texts = task.load(source, split).map(({ input }) => input);
    expect(texts.join("").replace(/\s/g, "")).toBe(letters);
  });

  it.each([
    ["ncbi-disease", 539, 489],
    ["anatem", 2308, 1122],
    ["bionlp13cg", 1829, 964],
    ["pubmedqa", 500, 500],
    ["pubmedqa-long", 500, 500],
  ])("%s: %i items to score and %i to show, counted by an independent script", (taskId, test, demonstrations) => {
    const { items, origin } = openTask({ taskId, from: folder });
    expect([origin, items.test.length, items.demonstrations.length]).toEqual(["original", test, demonstrations]);
    expect(new Set(items.test.map(({ id }) => id)).size).toBe(test);
  });

  it("bionlp13cg has its sixteen types and no other", () => {
    const task = benchmarkTasks.find(({ id }) => id === "bionlp13cg")!;
    const types = new Set(task.load(source, "test").flatMap(({ entities }) => entities!.map(({ type }) => type)));
    expect([...types].sort()).toEqual([...task.labels!].sort());
    expect(types.size).toBe(16);
  });

  it("pubmedqa has 276 yes, 169 no and 55 maybe in its test set", () => {
    const counts = { yes: 0, no: 0, maybe: 0 };
    for (const { label } of openTask({ taskId: "pubmedqa", from: folder }).items.test) counts[label as keyof typeof counts]++;
    expect(counts).toEqual({ yes: 276, no: 169, maybe: 55 });
  });

  it("ddi has the pairs, the true ones and the documents that an independent script counts, and no mark-up in its questions", () => {
    const { test, demonstrations } = openTask({ taskId: "ddi", from: folder }).items;
    expect([test.length, demonstrations.length]).toEqual([5716, 27_792]);
    expect([test, demonstrations].map((pairs) => pairs.filter(({ label }) => label === "true").length)).toEqual([979, 4021]);
    expect(new Set(test.map(({ input }) => input)).size).toBe(5169); // as its card says
    const spoilt = [...test, ...demonstrations].filter(
      ({ input }) => !/^Context: [^\n\r]+\nDrug_1: [^\n]+\nDrug_2: [^\n]+$/.test(input) || /&#|&quot;/.test(input),
    );
    expect(spoilt).toEqual([]);
    const paths = source.entries("ddi/DDICorpus-2013.zip").map(({ path }) => path);
    const xmlIn = (part: string) => paths.filter((path) => path.includes(part) && path.endsWith(".xml")).length;
    expect([xmlIn("/Test for DDI Extraction task/"), xmlIn("/Train/"), xmlIn("")]).toEqual([191, 714, 1017]);
  });

  it("hoc has 907 documents, 8,583 sentences and as many documents of each hallmark as an independent script counts", () => {
    const { items, files } = openTask({ taskId: "hoc", from: folder });
    const all = [...items.test, ...items.demonstrations];
    expect([all.length, new Set(all.map(({ id }) => id)).size, items.test.length]).toEqual([907, 907, 728]);
    const texts = source.entries("hoc/hoc-even.tar.gz").filter(({ path }) => /^hoc\/text\/\d+\.txt$/.test(path));
    const sentences = texts.flatMap(({ text }) => text.split("\n").filter((line) => line.trim() !== ""));
    expect([texts.length, sentences.length]).toEqual([907, 8583]);
    const counts: Record<string, number> = {};
    for (const { labels } of all) for (const label of labels!) counts[label] = (counts[label] ?? 0) + 1;
    expect(counts).toEqual({
      "Sustaining proliferative signaling": 229,
      "Resisting cell death": 201,
      "Genomic instability and mutation": 162,
      "Activating invasion and metastasis": 147,
      "Evading growth suppressors": 117,
      "Tumor promoting inflammation": 109,
      "Inducing angiogenesis": 65,
      "Enabling replicative immortality": 54,
      "Avoiding immune destruction": 54,
      "Cellular energetics": 47,
    });
    expect(all.filter(({ gold }) => gold === "none")).toHaveLength(145);
    expect(files).toEqual([
      { name: "hoc/hoc.tar.gz", sha256: "66f6812c8928987448ef008192a4f7bf1c7f5a974ec742ca39793bd52afe06af", bytes: 539_615 },
    ]);
  });
});
