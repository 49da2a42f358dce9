import { describe, expect, it } from "vitest";
import { detokenise } from "../../../kernel-lib/src/evaluate/tasks/detokenise.js";
import { renderEntities } from "../../../kernel-lib/src/evaluate/tasks/entity-task.js";
import { readIob2, readSentence } from "../../../kernel-lib/src/evaluate/tasks/iob2.js";
import { InputError } from "../../../kernel-lib/src/runtime/index.js";

const read = (text: string) => readIob2(text, { name: "corpus/test.tsv", types: ["Disease", "Drug"] });

describe("readIob2", () => {
  it("ends a sentence at an empty line, however many there are, and at the end of the file", () => {
    expect(read("a\tO\n\n\nb\tO\r\n\r\nc\tO").map((sentence) => sentence.map(({ token }) => token))).toEqual([
      ["a"],
      ["b"],
      ["c"],
    ]);
    expect(read("\n\n")).toEqual([]);
  });

  it.each([
    ["a\tO\nb O\n", "corpus/test.tsv:2"],
    ["a\tO\textra\n", "corpus/test.tsv:1"],
    ["a\tO\n\n\tO\n", "corpus/test.tsv:3"],
    ["a\tB-Gene\n", "B- or I- with Disease, Drug"],
    ["a\tO\nb\tI-Disease\n", "corpus/test.tsv:2"],
    ["a\tB-Drug\nb\tI-Disease\n", "corpus/test.tsv:2"],
    ["a\tB-Drug\n\nb\tI-Drug\n", "corpus/test.tsv:3"],
  ])("refuses %j, saying where", (text, where) => {
    expect(() => read(text)).toThrow(InputError);
    expect(() => read(text)).toThrow(where);
  });
});

describe("readSentence", () => {
  it("keeps touching entities apart and takes each as it stands in the text", () => {
    const [sentence] = read("non\tB-Disease\n-\tI-Disease\nX\tI-Disease\nY\tB-Disease\n(\tO\nZ\tB-Drug\n)\tO\n");
    expect(readSentence(sentence!)).toEqual({
      text: "non-X Y (Z)",
      entities: [
        { text: "non-X", type: "Disease" },
        { text: "Y", type: "Disease" },
        { text: "Z", type: "Drug" },
      ],
    });
  });
});

describe("renderEntities", () => {
  const entities = ["a", "b", "a"].map((text) => ({ text, type: "Drug" }));
  it("names each entity once, in text order", () => expect(renderEntities(entities, false)).toBe("a, b"));
  it("adds types in angle brackets", () => expect(renderEntities(entities, true)).toBe("a <Drug>, b <Drug>"));
  it("says none where there is none", () => expect(renderEntities([], true)).toBe("none"));
});

describe("detokenise", () => {
  it.each([
    "IL-1 (or IL-2/3) rose, p < 0.05; n = 12,500.",
    "Crohn's disease was found in 90% [4] of CD4+ cells at 1:2.",
    'The so-called "safe dose" was "high".',
    "In 1994, 5 of the beta- and gamma-chains changed.",
  ])("gives back %j", (sentence) => {
    const tokens = sentence.match(/[A-Za-z0-9]+|[^\sA-Za-z0-9]/g)!;
    const { text, spans } = detokenise(tokens);
    expect(text).toBe(sentence);
    expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual(tokens);
  });
});
