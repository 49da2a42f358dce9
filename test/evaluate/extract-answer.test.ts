import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  answeredItem,
  benchmarkTasks,
  extractAnswer,
  extractionVersion,
  firstParagraph,
  metricByName,
  openTask,
  readAnswers,
} from "../../kernel-lib/src/evaluate/index.js";
import { projectRoot } from "../../kernel-lib/src/runtime/index.js";
import { colours, makeItems, predict } from "./fixtures.js";

/** The benchmarks' own files where they are at hand; the mini set has the same formats. */
const originals = join(projectRoot(), "..", "shared", "benchmarks", "raw");
const decisions = { answerFormat: "label", labels: ["yes", "no", "maybe"] } as const;
const list = { answerFormat: "list" } as const;
const typed = { answerFormat: "typed-list", labels: ["Organ", "Cell"] } as const;
const input = "Fever and renal failure followed damage to the liver and to T cells, not to E. coli.";

describe("labels", () => {
  test.each([
    [" Yes.\n", "yes", "yes"],
    ["maybe", "maybe", "maybe"],
    ["Answer: no", null, "no"],
    ["The answer is not clear, maybe yes", null, "maybe"],
    ["It cannot be told", null, null],
    ["nobody knows\nyes", null, null],
    ["", null, null],
  ])("%j is strictly %j and leniently %j", (raw, strict, lenient) => {
    expect(extractAnswer({ raw, task: decisions, input: "" })).toEqual({ strict, lenient });
  });

  test("of two labels that begin at one place the longer one is read", () => {
    const task = { answerFormat: "label", labels: ["Genomic", "Genomic instability"] } as const;
    expect(extractAnswer({ raw: "It is genomic instability", task, input: "" }).lenient).toBe("Genomic instability");
  });
});

describe("lists", () => {
  test.each([
    ["Fever, renal failure", "Fever, renal failure", "Fever, renal failure"],
    ["fever,  Renal  failure", "fever, Renal  failure", "fever, Renal  failure"],
    ["none", "none", "none"],
    ["None.", "none", "none"],
    ["fever, cough", null, "fever, cough"],
    ["fever,", "fever", "fever"],
    ["Entities: fever, and renal failure.", null, "fever, renal failure"],
    ["- fever\n- renal failure", null, "fever, renal failure"],
    ["1. fever\n2. renal failure", null, "fever, renal failure"],
    ["The entities are:\nfever", null, "fever"],
    ["fever\nThis is because it says so.", null, "fever"],
    [input, null, input.slice(0, -1)],
    ["", null, null],
  ])("%j is strictly %j and leniently %j", (raw, strict, lenient) => {
    expect(extractAnswer({ raw, task: list, input })).toEqual({ strict, lenient });
  });

  test.each([
    ["liver <Organ>, T cells <Cell>", "liver <Organ>, T cells <Cell>", "liver <Organ>, T cells <Cell>"],
    ["liver <organ>", null, "liver <Organ>"],
    ["liver", null, "liver"],
    ["liver <Tissue>", null, "liver <Tissue>"],
    ["heart <Organ>", null, "heart <Organ>"],
  ])("with types, %j is strictly %j and leniently %j", (raw, strict, lenient) => {
    expect(extractAnswer({ raw, task: typed, input })).toEqual({ strict, lenient });
  });

  test("a full stop that is part of the name stays", () => {
    expect(extractAnswer({ raw: "E.", task: list, input }).lenient).toBe("E.");
  });

  test("a heading of a few words may be one name", () => {
    expect(extractAnswer({ raw: "Renal failure", task: list, input: "Renal failure" }).strict).toBe("Renal failure");
  });
});

describe("several labels", () => {
  const task = { answerFormat: "labels", labels: ["Inducing angiogenesis", "Angiogenesis", "Cell death"] } as const;
  test.each([
    ["cell death, Angiogenesis.", "Cell death, Angiogenesis", "Cell death, Angiogenesis"],
    ["none", "none", "none"],
    ["Cell death, cell death", null, "Cell death"],
    ["Cell death, ageing", null, "Cell death"],
    ["Labels: inducing angiogenesis and cell death", null, "Inducing angiogenesis, Cell death"],
    ["- Angiogenesis\n- Cell death", null, "Angiogenesis, Cell death"],
    ["None of these, though cell death may be", null, "none"],
    ["nothing fits", null, null],
    ["", null, null],
  ])("%j are strictly %j and leniently %j", (raw, strict, lenient) => {
    expect(extractAnswer({ raw, task, input: "" })).toEqual({ strict, lenient });
  });
});

describe("items", () => {
  test.each([
    ["oxytocin, vasopressin", "oxytocin, vasopressin", "oxytocin, vasopressin"],
    ["The answer is: oxytocin", null, "oxytocin"],
    ["1. oxytocin\n2. vasopressin", null, "oxytocin, vasopressin"],
    [input, null, input.slice(0, -1)],
    ["", null, null],
  ])("%j are strictly %j and leniently %j, wherever they come from", (raw, strict, lenient) => {
    expect(extractAnswer({ raw, task: { answerFormat: "items" }, input })).toEqual({ strict, lenient });
  });
});

describe("spans", () => {
  test.each([
    ["renal failure", "renal failure", "renal failure"],
    ['The answer is "renal failure".', null, "renal failure"],
    ["renal failure\nand more", null, "renal failure"],
    ["answers are many", null, "many"],
    ["answering machines", "answering machines", "answering machines"],
    [input, null, input.slice(0, -1)],
    ["", null, null],
  ])("%j is strictly %j and leniently %j", (raw, strict, lenient) => {
    expect(extractAnswer({ raw, task: { answerFormat: "span" }, input })).toEqual({ strict, lenient });
  });
});

describe("numbers", () => {
  test.each([
    ["12.5%", "12.5%", "12.5%"],
    ["$ 1,234.5 million", "$ 1,234.5 million", "$ 1,234.5 million"],
    ["(0.4)", "(0.4)", "(0.4)"],
    ["Yes.", "yes", "yes"],
    ["Sales fell from 20 in 2018 to 15 in 2019, so the answer is -25% then.", null, "-25%"],
    ["15 - 20 = -5, of 20", null, "-5"],
    ["In 2019 it was 15.", null, "15"],
    ["no, it was 15", null, "no"],
    ["T3 is a hormone", null, null],
    ["", null, null],
  ])("%j is strictly %j and leniently %j", (raw, strict, lenient) => {
    expect(extractAnswer({ raw, task: { answerFormat: "number" }, input: "" })).toEqual({ strict, lenient });
  });
});

/** Nobody may pass on these tasks' files; the mini set has their format. */
const userFiles = ["bioasq-factoid", "bioasq-list", "bioasq-yesno", "medical-drugs"];

test.each(benchmarkTasks.map(({ id }) => id))(
  "every gold answer of %s is in the asked format and scores itself fully",
  (taskId) => {
    const from = existsSync(originals) && !userFiles.includes(taskId) ? { from: originals } : {};
    const { task, items } = openTask({ taskId, ...from });
    // BoX's rule looks for the best part only, and a macro average is of many items.
    const metrics = task.metrics.filter((name) => name !== "box-f1" && name !== "macro-f1").map((name) => metricByName(name));
    const wrong = [...items.test, ...items.demonstrations].filter((item) => {
      const read = extractAnswer({ raw: item.gold, task, input: item.input });
      const full = (["lenient", "strict"] as const).every((reading) => {
        const answered = answeredItem({ prediction: { raw: item.gold, ...read }, item, reading });
        // Counts of classes are (right, predicted, gold); a mean's are (score, items).
        return metrics.every((metric) => metric.tally(answered).every((count, _, counts) => count === counts.at(-1)));
      });
      return read.strict === null || !full;
    });
    expect(wrong).toEqual([]);
  },
);

describe("readings of earlier rules", () => {
  const [row] = predict("base", makeItems(1), ["red"]);
  const items = makeItems(1);
  const stale = { ...row!, raw: "Answer: green", extraction: extractionVersion - 1 };

  test("P6: are made anew from the raw text, which is kept as the model wrote it", () => {
    const [read] = readAnswers({ predictions: [stale], task: colours, items });
    expect(read).toMatchObject({ strict: null, lenient: "green", extraction: extractionVersion });
  });

  test("stay where the rules are today's, the request failed or the item is unknown", () => {
    const today = { ...stale, extraction: extractionVersion };
    const failed = { ...stale, raw: "", strict: null, lenient: null, error: "timeout" };
    const other = { ...stale, itemId: "elsewhere" };
    expect(readAnswers({ predictions: [today, failed, other], task: colours, items })).toEqual([today, failed, other]);
  });
});

describe("text", () => {
  const raw = " Statins help.\nSo it seems.\n\nAnother thought.\n### Instruction:\nMore";

  test("is cut where a server should have stopped", () => {
    expect(extractAnswer({ raw, task: { answerFormat: "text" }, input: "" }).strict).toBe(
      "Statins help.\nSo it seems.\n\nAnother thought.",
    );
  });

  test("is scored by its first paragraph", () => {
    expect(firstParagraph(raw)).toBe("Statins help.\nSo it seems.");
  });

  test("an empty answer is a format failure", () => {
    expect(extractAnswer({ raw: "\n### ", task: { answerFormat: "text" }, input: "" })).toEqual({ strict: null, lenient: null });
  });
});
