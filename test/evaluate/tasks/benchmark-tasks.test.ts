import { describe, expect, it } from "vitest";
import { benchmarkTasks, getTask, metricNames, sampleItems } from "../../../kernel-lib/src/evaluate/tasks/index.js";
import { InputError } from "../../../kernel-lib/src/runtime/index.js";

describe("the task registry", () => {
  it("names every task there is when asked for an unknown one", () => {
    expect(() => getTask("ncbi")).toThrow(InputError);
    for (const { id } of benchmarkTasks) expect(() => getTask("ncbi")).toThrow(id);
  });

  it("pins every file to a commit and a checksum, or says what the user does to have it", () => {
    for (const { source, files } of benchmarkTasks)
      for (const file of files) {
        if (file.url === undefined) {
          expect(file.obtain).toContain(file.name);
          continue;
        }
        expect(source.commit).toMatch(/^[0-9a-f]{40}$/);
        expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
        expect(file.url).toContain(`/${source.repository}/${source.commit}/`);
      }
  });

  it("has the paper's ten, the long form of one of them, and tasks of this project's choice", () => {
    const paper = benchmarkTasks.filter(({ suite }) => suite === "paper").map(({ id }) => id);
    expect(paper).toEqual([
      "bioasq-factoid",
      "bioasq-list",
      "bioasq-yesno",
      "anatem",
      "bionlp13cg",
      "ncbi-disease",
      "pubmedqa",
      "pubmedqa-long",
      "ddi",
      "medical-drugs",
      "hoc",
    ]);
    for (const { suite, domain } of benchmarkTasks) expect(suite).toBe(domain === "biomedicine" ? "paper" : "ours");
  });

  it("gives no two tasks one id, and no task a metric that is none", () => {
    expect(new Set(benchmarkTasks.map(({ id }) => id)).size).toBe(benchmarkTasks.length);
    for (const { metrics } of benchmarkTasks) expect(metricNames).toEqual(expect.arrayContaining([...metrics]));
  });

  it("tells the labels where an answer must be one of them", () => {
    for (const { answerFormat, labels } of benchmarkTasks)
      expect(labels !== undefined).toBe(["label", "labels", "typed-list"].includes(answerFormat));
  });
});

describe("sampleItems", () => {
  const items = Array.from({ length: 200 }, (_, index) => index);

  it("puts a smaller sample at the beginning of every larger one", () => {
    expect(sampleItems(items, 100, 7).slice(0, 15)).toEqual(sampleItems(items, 15, 7));
  });

  it("draws distinct items, others for another seed", () => {
    expect(new Set(sampleItems(items, 100, 7)).size).toBe(100);
    expect(sampleItems(items, 100, 8)).not.toEqual(sampleItems(items, 100, 7));
  });

  it("gives all items where there are fewer", () => expect(sampleItems([1, 2], 5, 1).sort()).toEqual([1, 2]));
});
