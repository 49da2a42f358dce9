// The tasks that read the user's own files: BioASQ's golden JSON in its variants, and the CSV of Medical Drugs.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { snippetWords } from "../../../kernel-lib/src/evaluate/tasks/bioasq-file.js";
import { getTask, openTask, splits, type TaskItem } from "../../../kernel-lib/src/evaluate/tasks/index.js";
import { InputError } from "../../../kernel-lib/src/runtime/index.js";
import { textSource } from "./sources.js";

const all = (taskId: string, text: string): TaskItem[] =>
  splits.flatMap((split) =>
    getTask(taskId).load(
      textSource(() => text),
      split,
    ),
  );

describe("an own file's encoding", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "selfspec-own-files-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const open = (taskId: string, bytes: Buffer): TaskItem[] => {
    const task = getTask(taskId);
    const path = join(folder, task.files[0]!.name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    return Object.values(openTask({ task, from: folder }).items).flat();
  };
  const csv = "text,drug,sentiment\nIt helped.,aspirin,0\nA caf\u00e9 told me.,aspirin,1\n";
  const json = JSON.stringify({ questions: [{ id: "5a", type: "yesno", body: "Is it?", exact_answer: "yes" }] });

  it("a byte order mark is dropped", () => {
    expect(open("medical-drugs", Buffer.from(`\uFEFF${csv}`))).toHaveLength(2);
    expect(open("bioasq-yesno", Buffer.from(`\uFEFF${json}`))).toHaveLength(1);
  });

  it.each<[string, string, Buffer, RegExp]>([
    [
      "Latin-1, by its line",
      "medical-drugs",
      Buffer.from(csv, "latin1"),
      /^medical-drugs\/train\.csv:3 is not UTF-8; allowed: text in UTF-8.*iconv/,
    ],
    [
      "UTF-16 with its mark",
      "bioasq-yesno",
      Buffer.from(`\uFEFF${json}`, "utf16le"),
      /^bioasq\/golden\.json is UTF-16 or no text/,
    ],
    ["UTF-16 without it", "bioasq-yesno", Buffer.from(json, "utf16le"), /^bioasq\/golden\.json is UTF-16 or no text/],
  ])("%s is refused", (_, taskId, bytes, said) => {
    expect(() => open(taskId, bytes)).toThrow(InputError);
    expect(() => open(taskId, bytes)).toThrow(said);
  });
});

describe("bioasq", () => {
  const golden = (type: string, exact: unknown, more: object = {}) =>
    JSON.stringify({
      questions: [{ id: "5a", type, body: "What is it?", snippets: [{ text: "It is so." }], exact_answer: exact, ...more }],
    });

  it.each<[string, unknown, string[]]>([
    ["a name", "CFTR", ["CFTR"]],
    ["a list of spellings", ["CFTR", "the CFTR gene"], ["CFTR", "the CFTR gene"]],
    ["a list of lists", [["CFTR", "the CFTR gene"], ["CFTR "]], ["CFTR", "the CFTR gene"]],
  ])("factoid: %s is read, every spelling once", (_, exact, golds) => {
    expect(all("bioasq-factoid", golden("factoid", exact))).toEqual([
      { id: "5a", input: "Context: It is so.\nQuestion: What is it?", gold: golds[0], golds },
    ]);
  });

  it("list: each part keeps its spellings, also where a part is a bare name", () => {
    const [item] = all("bioasq-list", golden("list", [["BRCA1", "breast cancer 1"], "BRCA2", [""]]));
    expect(item).toMatchObject({ gold: "BRCA1, BRCA2", parts: [["BRCA1", "breast cancer 1"], ["BRCA2"]] });
  });

  it.each(["yes", "Yes", ["yes"]])("yesno: %j is yes", (exact) => {
    expect(all("bioasq-yesno", golden("yesno", exact))[0]).toMatchObject({ gold: "yes", label: "yes" });
  });

  it("passes over questions of the other types, and asks without a context where there are no snippets", () => {
    expect(all("bioasq-yesno", golden("factoid", "CFTR"))).toEqual([]);
    expect(all("bioasq-factoid", golden("summary", undefined))).toEqual([]);
    expect(all("bioasq-factoid", golden("factoid", "CFTR", { snippets: undefined }))[0]!.input).toBe("Question: What is it?");
  });

  it("shows the first words of the snippets", () => {
    const snippets = [0, 1, 2].map((part) => ({ text: Array.from({ length: 70 }, (_, word) => `w${part}-${word}`).join(" ") }));
    const [context] = all("bioasq-factoid", golden("factoid", "x", { snippets }))[0]!.input.split("\n");
    expect(context!.split(" ")).toHaveLength(snippetWords + 1);
    expect(context).toMatch(/^Context: w0-0 .* w2-9$/);
  });

  it.each<[string, string, RegExp]>([
    [
      "a test file without answers",
      golden("factoid", undefined),
      /golden\.json has no exact answer to 5a; allowed: a golden file/,
    ],
    ["an unknown type", golden("riddle", "x"), /golden\.json has a bad entry at questions\.0\.type/],
    ["a file that is not JSON", "{", /golden\.json is not JSON/],
  ])("refuses %s", (_, text, said) => {
    expect(() => all("bioasq-factoid", text)).toThrow(InputError);
    expect(() => all("bioasq-factoid", text)).toThrow(said);
  });

  it("refuses a yes/no answer that is neither", () => {
    expect(() => all("bioasq-yesno", golden("yesno", "perhaps"))).toThrow(/"perhaps" to 5a; allowed: yes, no/);
  });
});

describe("medical-drugs", () => {
  it("reads quoted commas and line breaks, columns in any order, labels by number or word", () => {
    const items = all(
      "medical-drugs",
      'Sentiment,unique_hash,Drug,Text\n0,a,ibuprofen,"Good,\nreally."\nNeutral,b,aspirin,Some text.\n1,c,aspirin,No.\n',
    );
    const read = items.sort((one, other) => one.id.localeCompare(other.id)).map(({ id, input, label }) => [id, input, label]);
    expect(read).toEqual([
      ["row-0001", "Text: Good, really.\nDrug: ibuprofen", "positive"],
      ["row-0002", "Text: Some text.\nDrug: aspirin", "neutral"],
      ["row-0003", "Text: No.\nDrug: aspirin", "negative"],
    ]);
  });

  it("keeps a post that is rated for two drugs on one side, as one document", () => {
    const posts = Array.from({ length: 40 }, (_, post) => `Post ${post},ibuprofen,0\nPost ${post},aspirin,1\n`).join("");
    const [test, demonstrations] = splits.map((split) =>
      getTask("medical-drugs").load(
        textSource(() => `text,drug,sentiment\n${posts}`),
        split,
      ),
    );
    expect(test!.length + demonstrations!.length).toBe(80);
    const documents = new Set(test!.map(({ document }) => document));
    expect(documents.size).toBe(test!.length / 2);
    expect(demonstrations!.some(({ document }) => documents.has(document))).toBe(false);
    expect(demonstrations!.length).toBeGreaterThan(0);
  });

  it.each([
    ["around the mention", 400, 325, 474],
    ["from the beginning where it is early", 10, 0, 149],
    ["to the end where it is late", 795, 650, 799],
  ])("cuts a long post %s", (_, mention, first, last) => {
    const words = Array.from({ length: 800 }, (__, word) => (word === mention ? "Ibuprofen!" : `w${word}`));
    const [text] = all("medical-drugs", `text,drug,sentiment\n${words.join(" ")},ibuprofen,2\n`)[0]!.input.split("\n");
    expect(text).toBe(`Text: ${words.slice(first, last + 1).join(" ")}`);
  });

  it.each<[string, string, RegExp]>([
    [
      "a row without a known label",
      "text,drug,sentiment\na,b,3\n",
      /train\.csv has a bad sentiment in row 1.*allowed: the columns text, drug and sentiment/,
    ],
    ["a row without a sentiment", "text,drug,sentiment\na,b,1\na,b,\n", /bad sentiment in row 2: the cell is empty/],
    [
      "a sentiment of a space that is none to csv",
      "text,drug,sentiment\na,b,\u00a0\n",
      /bad sentiment in row 1: the cell is empty/,
    ],
    ["a file without the columns", "post,label\na,1\n", /train\.csv has a bad text in row 1/],
    ["a broken row", "text,drug,sentiment\na,b\n", /train\.csv cannot be read/],
  ])("refuses %s", (_, text, said) => {
    expect(() => all("medical-drugs", text)).toThrow(InputError);
    expect(() => all("medical-drugs", text)).toThrow(said);
  });
});
