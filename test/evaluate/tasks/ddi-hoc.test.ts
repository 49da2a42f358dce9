// What the loaders of DDI and HoC make of each trap of their formats, on made-up files.
import { describe, expect, it } from "vitest";
import { getTask } from "../../../kernel-lib/src/evaluate/tasks/index.js";
import type { ArchiveEntry, SourceFiles } from "../../../kernel-lib/src/evaluate/tasks/task.js";
import { InputError } from "../../../kernel-lib/src/runtime/index.js";

const archive = (...entries: ArchiveEntry[]): SourceFiles => ({ text: () => "", entries: () => entries });

describe("ddi", () => {
  const document = (sentences: string, path = "DDICorpus/Train/DrugBank/a.xml") =>
    archive({ path, text: `<?xml version="1.0" encoding="UTF-8"?><document id="d1">${sentences}</document>` });
  const entity = (id: string, text: string) => `<entity id="${id}" charOffset="0-1;4-5" type="drug" text="${text}"/>`;
  const load = (source: SourceFiles) => getTask("ddi").load(source, "demonstrations");

  it("makes a question of every pair: typed, untyped and false, with the document that it shares", () => {
    const sentence = `<sentence id="s0" text="A &lt;1&gt; &amp; B.&#xd;&#xa;">${entity("e0", "A")}${entity("e1", "&quot;B&quot;")}${entity("e2", "C")}
      <pair id="p0" e1="e0" e2="e1" ddi="true" type="effect"/><pair id="p1" e1="e0" e2="e2" ddi="true"/><pair id="p2" e1="e1" e2="e2" ddi="false"/></sentence>`;
    expect(load(document(sentence))).toEqual([
      { id: "p0", input: 'Context: A <1> & B.\nDrug_1: A\nDrug_2: "B"', gold: "true", label: "true", document: "d1" },
      { id: "p1", input: "Context: A <1> & B.\nDrug_1: A\nDrug_2: C", gold: "true", label: "true", document: "d1" },
      { id: "p2", input: 'Context: A <1> & B.\nDrug_1: "B"\nDrug_2: C', gold: "false", label: "false", document: "d1" },
    ]);
  });

  it("asks nothing of a sentence or a document without pairs", () => {
    expect(
      load(document(`<sentence id="s0" text="None."/><sentence id="s1" text="One.">${entity("e0", "A")}</sentence>`)),
    ).toEqual([]);
    expect(load(document(""))).toEqual([]);
  });

  it.each([
    [
      "a pair of an entity that is not there",
      `<sentence id="s" text="A.">${entity("e0", "A")}<pair id="p" e1="e0" e2="e9" ddi="true"/></sentence>`,
      "e9",
    ],
    [
      "a pair that is neither true nor false",
      `<sentence id="s" text="A."><pair id="p" e1="e0" e2="e1" ddi="yes"/></sentence>`,
      "ddi",
    ],
  ])("refuses %s, naming the file", (_, sentence, where) => {
    expect(() => load(document(sentence))).toThrow(InputError);
    expect(() => load(document(sentence))).toThrow(`DDICorpus/Train/DrugBank/a.xml has`);
    expect(() => load(document(sentence))).toThrow(where);
  });
});

describe("hoc", () => {
  /** 4 is a demonstration, 1 is scored. */
  const load = (text: string, labels: string, pmid = "1") =>
    getTask("hoc").load(
      archive({ path: `hoc/text/${pmid}.txt`, text }, { path: `hoc/labels/${pmid}.txt`, text: labels }),
      "test",
    );

  it("gives a document the hallmarks of all its sentences, each once, in the order of the task", () => {
    const labels =
      "< Resisting cell death--Apoptosis-- ANDSustaining proliferative signaling--By x AND Resisting cell death <  < NULL< Inducing angiogenesis--";
    expect(load("One .\nTwo .\nThree .\nFour .\n", labels)).toEqual([
      {
        id: "1",
        input: "One . Two . Three . Four .",
        gold: "Sustaining proliferative signaling, Resisting cell death, Inducing angiogenesis",
        labels: ["Sustaining proliferative signaling", "Resisting cell death", "Inducing angiogenesis"],
        document: "1",
      },
    ]);
  });

  it("answers none where no sentence has a hallmark", () => {
    expect(load("One .\nTwo .", "<  < NULL\n")[0]).toMatchObject({ gold: "none", labels: [] });
  });

  it.each([
    ["fewer labels than sentences", "One .\nTwo .", "< NULL", "1.txt has 2 sentences and labels for 1"],
    ["an unknown label", "One .", "< Being nice--", '1.txt has the label "Being nice"'],
    ["a text without labels", "One .", "", "1.txt has 1 sentences and labels for 0"],
  ])("refuses %s, naming the document", (_, text, labels, where) => {
    expect(() => load(text, labels)).toThrow(InputError);
    expect(() => load(text, labels)).toThrow(where);
  });
});
