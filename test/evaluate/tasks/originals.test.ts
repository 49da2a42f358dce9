// The loaders on the real files, against the figures that were counted apart from them (files[].rows).
import { readFileSync } from "node:fs";
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

const folder = originals ?? "";
const read = (name: string) => readFileSync(join(folder, "raw", name), "utf8");
const entityTasks = benchmarkTasks.filter(({ requiresEntity }) => requiresEntity);
const cases = entityTasks.flatMap((task) => splits.map((split): [string, Split, BenchmarkTask] => [task.id, split, task]));

describe.skipIf(originals === undefined)("the original files", () => {
  it.each(cases)("%s, %s: as many sentences and entities as the corpus has", (_, split, task) => {
    const items = task.load(read, split);
    const { rows } = task.files[splits.indexOf(split)]!;
    expect({ sentences: items.length, entities: items.flatMap(({ entities }) => entities).length }).toEqual(rows);
  });

  it.each(cases)("%s, %s: every entity stands verbatim in its input", (_, split, task) => {
    for (const { input, entities } of task.load(read, split))
      for (const { text } of entities!) expect(input.includes(text) && text.trim() === text && text !== "").toBe(true);
  });

  it.each(cases)("%s, %s: spaces alone change, no character is added or lost", (_, split, task) => {
    const letters = read(task.files[splits.indexOf(split)]!.name).replace(/\t.*$/gm, "").replace(/\s/g, "");
    const texts = task.load(read, split).map(({ input }) => input);
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
    const types = new Set(task.load(read, "test").flatMap(({ entities }) => entities!.map(({ type }) => type)));
    expect([...types].sort()).toEqual([...task.labels!].sort());
    expect(types.size).toBe(16);
  });

  it("pubmedqa has 276 yes, 169 no and 55 maybe in its test set", () => {
    const counts = { yes: 0, no: 0, maybe: 0 };
    for (const { label } of openTask({ taskId: "pubmedqa", from: folder }).items.test) counts[label as keyof typeof counts]++;
    expect(counts).toEqual({ yes: 276, no: 169, maybe: 55 });
  });
});
