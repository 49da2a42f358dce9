import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { countEntities, extractAnswer, firstParagraph, openTask } from "../../kernel-lib/src/evaluate/index.js";
import { projectRoot } from "../../kernel-lib/src/runtime/index.js";

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

  test.each(["ncbi-disease", "anatem", "bionlp13cg"])(
    "every gold answer of %s is in the asked format and scores itself fully",
    (taskId) => {
      const { task, items } = openTask({ taskId, ...(existsSync(originals) && { from: originals }) });
      for (const item of [...items.test, ...items.demonstrations]) {
        const { strict, lenient } = extractAnswer({ raw: item.gold, task, input: item.input });
        expect(strict, item.id).not.toBeNull();
        const { common, predicted, gold } = countEntities({ prediction: lenient, gold: item.gold });
        expect([common, predicted], item.id).toEqual([gold, gold]);
      }
    },
  );
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
