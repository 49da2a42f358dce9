// The committed stand-in for the originals: complete, well-formed, as its card says (no-foreign-text.test.ts: and nobody else's words).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { benchmarkTasks, getTask, type Split, splits } from "../../../kernel-lib/src/evaluate/tasks/index.js";
import { miniFolder, miniSource } from "./sources.js";

const card = readFileSync(join(miniFolder, "README.md"), "utf8");

describe("the mini set", () => {
  it.each(benchmarkTasks.map((task) => task.id))(
    "%s: as many items to score and to show as the card says, 12 and 6 at least",
    (id) => {
      const task = getTask(id);
      const scored = (split: Split) =>
        task.load(miniSource, split).filter(({ entities }) => !task.requiresEntity || entities!.length > 0).length;
      const row = card.split("\n").find((line) => line.startsWith(`| \`${id}\``));
      const [test, demonstrations] = splits.map(scored);
      expect(row?.split("|").slice(3, 5).map(Number)).toEqual([test, demonstrations]);
      expect(test).toBeGreaterThanOrEqual(12);
      expect(demonstrations).toBeGreaterThanOrEqual(6);
    },
  );

  it.each(["ncbi-disease", "anatem", "bionlp13cg"])("%s: the card states its sentences and entities", (taskId) => {
    const counted = splits.flatMap((split) => {
      const items = getTask(taskId).load(miniSource, split);
      return [items.length, items.flatMap((item) => item.entities!).length];
    });
    const row = card.split("\n").find((line) => line.startsWith(`| \`${taskId}\``));
    expect(row?.match(/\d+(?= sentences| entities)/g)?.map(Number)).toEqual(counted);
  });

  it.each(benchmarkTasks.map((task) => task.id))("%s: every right answer is written as its task asks", (id) => {
    const { answerFormat, labels = [], load } = getTask(id);
    for (const split of splits)
      for (const { gold, golds, label, labels: several, parts, entities } of load(miniSource, split)) {
        expect(gold).not.toBe("");
        if (golds) expect(golds).toContain(gold);
        if (parts) expect(gold).toBe(parts.map(([first]) => first).join(", "));
        expect(label).toBe(answerFormat === "label" ? gold : undefined);
        if (label !== undefined) expect(labels).toContain(label);
        if (answerFormat === "labels") expect(gold).toBe(several!.join(", ") || "none");
        for (const one of several ?? []) expect(labels).toContain(one);
        if (answerFormat === "list" || answerFormat === "typed-list") expect(entities).toBeDefined();
      }
  });

  it("annotates all sixteen types of bionlp13cg", () => {
    const task = getTask("bionlp13cg");
    const types = task.load(miniSource, "test").flatMap(({ entities }) => entities!.map(({ type }) => type));
    expect([...new Set(types)].sort()).toEqual([...task.labels!].sort());
  });

  it("has no sentence or question twice, and none of a demonstration in the test", () => {
    for (const task of benchmarkTasks) {
      const inputs = splits.flatMap((split) => task.load(miniSource, split).map(({ input }) => input));
      expect(new Set(inputs).size).toBe(inputs.length);
    }
  });
});
