// The finance suite on the real files, against figures that were counted apart from the loaders.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { extractAnswer } from "../../../kernel-lib/src/evaluate/metrics/extract-answer.js";
import { readFinNer } from "../../../kernel-lib/src/evaluate/tasks/fin-ner-file.js";
import { readFinqa } from "../../../kernel-lib/src/evaluate/tasks/finqa.js";
import { readHeadlines } from "../../../kernel-lib/src/evaluate/tasks/headlines.js";
import { type OpenedTask, openTask, splits } from "../../../kernel-lib/src/evaluate/tasks/index.js";
import { readPhrasebank } from "../../../kernel-lib/src/evaluate/tasks/phrasebank.js";
import { readTatqa } from "../../../kernel-lib/src/evaluate/tasks/tatqa-file.js";
import { originals } from "./originals.js";

const folder = originals ?? "";
const read = (name: string) => readFileSync(join(folder, "raw", name));
const unpack = (name: string) => gunzipSync(read(name)).toString("utf8");

const opened = new Map<string, OpenedTask>();
/** Opened once for all tests: nothing changes what was read. */
function open(taskId: string): OpenedTask {
  const task = opened.get(taskId) ?? openTask({ taskId, from: folder });
  opened.set(taskId, task);
  return task;
}

function count(values: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

const finance = ["phrasebank", "fiqa-sa", "headlines", "fin-ner", "finqa", "tatqa"];

describe.skipIf(originals === undefined)("the original finance files", () => {
  it.each([
    ["phrasebank", 986, 3850],
    ["fiqa-sa", 219, 953],
    ["headlines", 12_708, 50_712],
    ["fin-ner", 100, 513],
    ["finqa", 719, 157],
    ["tatqa", 1320, 348],
  ])(
    "%s: %i items to score and %i to show, no id twice, no document or sentence on both sides",
    (taskId, test, demonstrations) => {
      const { items, origin } = open(taskId);
      expect([origin, items.test.length, items.demonstrations.length]).toEqual(["original", test, demonstrations]);
      const all = splits.flatMap((split) => items[split]);
      expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
      const scored = new Set(items.test.map(({ document, input }) => document ?? input));
      expect(items.demonstrations.filter(({ document, input }) => scored.has(document ?? input))).toEqual([]);
    },
  );

  it.each(finance)("%s: every right answer is in the format that is asked for and read back as it is", (taskId) => {
    const { task, items } = open(taskId);
    const misread = items.test.filter(({ gold, input }) => extractAnswer({ raw: gold, task, input }).strict !== gold);
    expect(misread.map(({ id, gold }) => `${id}: ${gold}`)).toEqual([]);
  });

  it("phrasebank: 4,846 lines, read to the end of CRLF lines and without the byte order mark", () => {
    const lines = readPhrasebank(read("phrasebank/Sentences_50Agree.txt").toString("utf8"));
    expect(lines).toHaveLength(4846);
    expect(count(lines.map(({ label }) => label))).toEqual({ neutral: 2879, positive: 1363, negative: 604 });
    expect(lines.filter(({ sentence }) => /[\r\uFEFF]/.test(sentence))).toEqual([]);
  });

  it("phrasebank: a repeated sentence is read once, one with two labels not at all", () => {
    const { items } = open("phrasebank");
    expect(count(items.test.map(({ label }) => label!))).toEqual({ neutral: 582, positive: 275, negative: 129 });
    expect(count(items.demonstrations.map(({ label }) => label!))).toEqual({ neutral: 2289, positive: 1086, negative: 475 });
  });

  it("fiqa-sa: 100 headlines with 119 targets and 100 posts with 100 in the hold-out, a training sentence of it not shown", () => {
    const { items } = open("fiqa-sa");
    const kind = (text: string) => text.split("-")[0]!;
    expect(count(items.test.map(({ id }) => kind(id)))).toEqual({ headline: 119, post: 100 });
    expect(count([...new Set(items.test.map(({ document }) => document!))].map(kind))).toEqual({ headline: 100, post: 100 });
    expect(count(items.test.map(({ label }) => label!))).toEqual({ positive: 130, negative: 70, neutral: 19 });
    expect(count(items.demonstrations.map(({ label }) => label!))).toEqual({ positive: 589, negative: 292, neutral: 72 });
    expect(items.demonstrations).toHaveLength(379 + 575 - 1);
  });

  it("headlines: 10,570 rows over a line break inside a field, with the flags of each column", () => {
    const rows = readHeadlines(read("headlines/gold-dataset-sinha-khandait.csv").toString("utf8"));
    expect(rows).toHaveLength(10_570);
    const flags = Object.keys(rows[0]!).filter((column) => column !== "News") as Exclude<keyof (typeof rows)[0], "News">[];
    expect(flags.map((column) => rows.filter((row) => row[column] === "1").length)).toEqual([4412, 444, 3912, 2001, 10_252, 319]);
    const { items } = open("headlines");
    expect(count(items.test.filter(({ label }) => label === "yes").map(({ id }) => id.split("-")[2]!))).toEqual({
      up: 884,
      constant: 94,
      down: 759,
      comparison: 408,
      past: 2062,
      future: 56,
    });
    for (const { input } of items.test) expect(input.split("\n")).toHaveLength(2);
  });

  it.each([
    ["FIN3", 303, 13_246, { PER: 216, ORG: 56, LOC: 39, MISC: 7 }],
    ["FIN5", 1164, 41_010, { PER: 747, ORG: 243, LOC: 171, MISC: 7 }],
  ])("fin-ner, %s: %i sentences and %i tokens, a run of one type is one entity", (name, sentences, tokens, entities) => {
    const text = read(`fin-ner/${name}.txt`).toString("utf8");
    const parsed = readFinNer(text, { name, types: ["PER", "LOC", "ORG", "MISC"] });
    expect(parsed).toHaveLength(sentences);
    expect(text.split("\n").filter((line) => line !== "" && !line.startsWith("-DOCSTART-"))).toHaveLength(tokens);
    const begun = parsed.flat().filter(({ tag }) => tag.startsWith("B-"));
    expect(count(begun.map(({ tag }) => tag.slice(2)))).toEqual(entities);
    const letters = parsed.flatMap((sentence) => sentence.map(({ token }) => token)).join("");
    expect(letters).toBe(
      text
        .replace(/^-DOCSTART-.*$/gm, "")
        .replace(/ .*$/gm, "")
        .replace(/\n/g, ""),
    );
  });

  it("fin-ner: every entity stands verbatim in its input and has a readable type", () => {
    const { task, items } = open("fin-ner");
    for (const { input, entities } of splits.flatMap((split) => items[split]))
      for (const { text, type } of entities!) expect(input.includes(text) && task.labels!.includes(type)).toBe(true);
  });

  it("finqa: 883 questions on 299 pages, ten answered yes or no, one small number written without its exponent", () => {
    const questions = readFinqa(unpack("finqa/valid.jsonl.gz"));
    expect(questions).toHaveLength(883);
    expect(new Set(questions.map(({ context }) => context)).size).toBe(299);
    expect(questions.filter(({ answer }) => answer === "yes" || answer === "no")).toHaveLength(10);
    expect(questions.filter(({ answer }) => answer === "0.00001").map(({ id }) => id)).toEqual(["finqa72"]);
    expect(questions.filter(({ question, context }) => /\n|Answer:/.test(question) || context.includes("Question:"))).toEqual([]);
  });

  it("tatqa: 278 documents and 1,668 questions of four types", () => {
    const documents = readTatqa({ text: unpack("tatqa/tatqa_dataset_dev.json.gz"), name: "dev" });
    expect(documents).toHaveLength(278);
    const types = documents.flatMap(({ questions }) => questions.map(({ answer_type }) => answer_type));
    expect(count(types)).toEqual({ span: 701, "multi-span": 217, arithmetic: 718, count: 32 });
    expect(types).toHaveLength(1668);
  });
});
