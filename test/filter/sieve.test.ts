import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  applyRules,
  changeRules,
  instructionRules,
  measuredRule,
  noveltyRule,
  type Rejection,
  type Sieved,
  type SieveOptions,
  shingleRule,
  type TaskDraft,
  whatIf,
} from "../../kernel-lib/src/filter/index.js";
import { InputError } from "../../kernel-lib/src/runtime/index.js";

const sentence = fc
  .array(fc.constantFrom("name", "the", "drug", "dose", "which", "list"), { maxLength: 10 })
  .map((w) => w.join(" "));
const draft: fc.Arbitrary<TaskDraft> = fc.record({
  instruction: sentence,
  input: fc.option(sentence),
  finishReason: fc.constantFrom("stop", "stop", "stop", "length"),
});
const textOf = ({ instruction, input }: TaskDraft): string => `${instruction}\n${input ?? ""}`;
const held = [{ id: "seed", text: "name the drug which the dose" }];
const options: SieveOptions<TaskDraft> = {
  stage: "instructions",
  rules: instructionRules,
  keepFirst: [shingleRule({ textOf, held }), noveltyRule({ textOf, held })],
};
const numbered = <T>(rows: readonly T[]) => rows.map((row, number) => ({ id: `task-${number}`, row }));
const rowOf = ({ row }: Rejection): TaskDraft => row as TaskDraft;
const whatIfOf = ({ kept, rejections }: Sieved<TaskDraft>) => ({ ...options, kept, rejections, rowOf });

describe("applyRules", () => {
  it("P1: keeps, rejects or counts as failed every row, and stores what each rejection was judged by", () => {
    fc.assert(
      fc.property(fc.array(draft, { maxLength: 30 }), fc.nat(5), (rows, failed) => {
        const { kept, rejections, ledger } = applyRules({ ...options, rows: numbered(rows), failed });
        expect(ledger.in).toBe(rows.length + failed);
        expect(kept.length + rejections.length).toBe(rows.length);
        for (const { rule, score, threshold, nearestId } of rejections) {
          if (["near-duplicate", "same-shingles"].includes(rule)) expect(nearestId).toBeDefined();
          if (score !== undefined) expect(threshold).toBeDefined();
        }
        for (const { nearest } of kept) expect(nearest!.score).toBeLessThanOrEqual(0.7);
      }),
    );
  });

  it("asks the rules in their order and the comparisons last, so that a bad row holds no place", () => {
    const good = { instruction: "name every drug of this text", input: "aspirin was given twice", finishReason: "stop" };
    const cut = { ...good, finishReason: "length" };
    const { rejections, kept } = applyRules({ ...options, rows: numbered([cut, good, good]) });
    expect(kept.map(({ id }) => id)).toEqual(["task-1"]);
    expect(rejections.map(({ id, rule, nearestId }) => [id, rule, nearestId])).toEqual([
      ["task-0", "cut-off", undefined],
      ["task-2", "same-shingles", "task-1"],
    ]);
  });
});

describe("what if", () => {
  it("nothing had changed: the same rows, rejections and ledger", () => {
    fc.assert(
      fc.property(fc.array(draft, { maxLength: 30 }), (rows) => {
        const sieved = applyRules({ ...options, rows: numbered(rows) });
        expect(whatIf(whatIfOf(sieved))).toEqual(sieved);
      }),
    );
  });

  it("P13: a changed threshold or a rule switched off gives what judging the raw rows anew gives", () => {
    fc.assert(
      fc.property(fc.array(draft, { maxLength: 30 }), fc.constantFrom(0.2, 0.5, 0.9), (rows, threshold) => {
        const sieved = applyRules({ ...options, rows: numbered(rows) });
        const changes = { off: ["cut-off", "same-shingles"], thresholds: { "near-duplicate": threshold, "too-short": 2 } };
        const anew = applyRules({
          ...options,
          rules: changeRules(instructionRules, { off: ["cut-off"], thresholds: { "too-short": 2 } }),
          keepFirst: [noveltyRule({ textOf, held, threshold })],
          rows: numbered(rows),
        });
        expect(whatIf({ ...whatIfOf(sieved), changes })).toEqual(anew);
      }),
    );
  });

  it("a higher novelty threshold may keep fewer rows: one that newly passes drops two that came after it", () => {
    const words = Array.from({ length: 20 }, (_, number) => `w${number}`);
    const without = (from: number, to: number, mark: string): string =>
      words.map((word, at) => (at >= from && at < to ? `${mark}${at}` : word)).join(" ");
    const texts = [without(0, 5, "a"), words.join(" "), without(5, 8, "c"), without(8, 11, "d")];
    const novelty = { stage: "s", rules: [], keepFirst: [noveltyRule<string>({ textOf: (text) => text, threshold: 0.7 })] };
    const strict = applyRules({ ...novelty, rows: numbered(texts) });
    const lax = whatIf({
      ...novelty,
      ...strict,
      rowOf: ({ row }) => row as string,
      changes: { thresholds: { "near-duplicate": 0.75 } },
    });
    expect(strict.kept.map(({ id }) => id)).toEqual(["task-0", "task-2", "task-3"]);
    expect(lax.kept.map(({ id }) => id)).toEqual(["task-0", "task-1"]);
  });

  it("puts rows in the order of the numbers in their ids, whatever their padding", () => {
    const texts = Array.from({ length: 12 }, (_, number) => (number % 2 === 0 ? "one two three" : `text ${number}`));
    const novelty = { stage: "s", rules: [], keepFirst: [noveltyRule<string>({ textOf: (text) => text })] };
    const sieved = applyRules({ ...novelty, rows: numbered(texts) });
    expect(whatIf({ ...novelty, ...sieved, rowOf: ({ row }) => row as string })).toEqual(sieved);
  });
});

describe("changing rules", () => {
  const rules = [
    measuredRule<number>({ name: "small", reason: "r", limit: "at least", threshold: 2, score: (n) => n }),
    { name: "odd", reason: "r", test: (n: number) => (n % 2 === 1 ? {} : null) },
  ];

  it("a measuring rule passes its threshold and tells score and threshold of what does not", () => {
    expect([rules[0]!.test(2), rules[0]!.test(1)]).toEqual([null, { score: 1, threshold: 2 }]);
    expect(changeRules(rules, { thresholds: { small: 1 } })[0]!.test(1)).toBeNull();
    expect(changeRules(rules, { off: ["small"] }).map(({ name }) => name)).toEqual(["odd"]);
  });

  it.each([
    [{ off: ["smal"] }, /"smal"; allowed: small, odd/],
    [{ thresholds: { odd: 1 } }, /threshold 1 for the rule odd; allowed: a number, for small/],
    [{ thresholds: { small: Number.NaN } }, /threshold NaN/],
  ])("refuses %j", (changes, message) => {
    expect(() => changeRules(rules, changes)).toThrow(InputError);
    expect(() => changeRules(rules, changes)).toThrow(message);
  });
});
