// A data set opened from a run's folder and from its committed form, and the measures that a notebook takes of it.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  cardFlaws,
  cardHead,
  commonRules,
  type Dataset,
  leakageBetween,
  openDataset,
  parquetRoundTrip,
  rootSets,
  rowOrigins,
  similarityToDemonstrations,
  telltaleRows,
  whatIfNovelty,
} from "../../kernel-lib/src/experiments/index.js";
import { rejudgeInstructions } from "../../kernel-lib/src/generate/index.js";
import { InputError } from "../../kernel-lib/src/runtime/index.js";
import { generateRun } from "../dataset/generated-run.js";

const card = `---
license: "apache-2.0"
---

# Rows of a test

What they look like.

Made on 2026-01-02.

## Rows

| a | b |

## Known flaws

- The first flaw.
- The second.

## Again
`;

/** As a set is committed: rows gzipped, raw texts and seeds left behind, a card. */
function pack(run: string): string {
  const folder = mkdtempSync(join(tmpdir(), "selfspec-packed-"));
  cpSync(run, folder, { recursive: true });
  for (const stage of ["instructions", "responses"]) rmSync(join(folder, stage, "raw.jsonl"));
  for (const name of ["instructions/rows", "instructions/rejected", "responses/rows", "responses/rejected", "dataset/triples"]) {
    const path = join(folder, `${name}.jsonl`);
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
    rmSync(path);
  }
  writeFileSync(join(folder, "README.md"), card);
  return folder;
}

let run: string;
let packed: string;
let set: Dataset;

beforeAll(async () => {
  vi.stubEnv("SELFSPEC_HOME", mkdtempSync(join(tmpdir(), "selfspec-home-")));
  run = (await generateRun()).folder;
  packed = pack(run);
  set = openDataset({ path: run });
});
afterAll(() => vi.unstubAllEnvs());

describe("a data set", () => {
  it("is the same in a run's folder and gzipped in a committed one, which has its card and date besides", () => {
    const { label, card: text, date, ...rest } = openDataset({ path: packed });
    const { label: own, card: none, date: never, ...same } = set;
    expect(rest).toEqual(same);
    expect([label, own]).toEqual([basename(packed), basename(run)]);
    expect([text, none]).toEqual([card, null]);
    expect([date, never]).toEqual(["2026-01-02", null]);
  });

  it("has every row of its ledgers: kept, or with the rejections", () => {
    const { instructions, responses } = set.ledgers;
    expect(set.instructions).toHaveLength(instructions.kept);
    expect(set.triples).toHaveLength(responses.kept);
    const asked = instructions.in - instructions.failed + responses.in - responses.failed;
    expect(set.rejections).toHaveLength(asked - instructions.kept - responses.kept);
  });

  it.each([
    ["a folder without rows", () => openDataset({ path: tmpdir() }), /neither .*triples\.jsonl nor triples\.jsonl\.gz exists/],
    ["an unknown system", () => openDataset({ path: run, system: "other" }), /system "other".*allowed: none but the main/],
    ["a row that is none", () => openDataset({ path: spoil("{}\n") }), /triples\.jsonl\.gz:1 is not a triple: id/],
    ["a file that is no gzip", () => openDataset({ path: spoil(null) }), /triples\.jsonl\.gz cannot be unpacked/],
  ])("refuses %s in one line", (_, open, message) => {
    expect(open).toThrow(InputError);
    expect(open).toThrow(message);
  });
});

/** A packed copy whose triples are this text, or no gzip at all. */
function spoil(text: string | null): string {
  const folder = mkdtempSync(join(tmpdir(), "selfspec-spoilt-"));
  cpSync(packed, folder, { recursive: true });
  writeFileSync(join(folder, "dataset", "triples.jsonl.gz"), text === null ? "plain" : gzipSync(text));
  return folder;
}

describe("its card", () => {
  it("opens with title and description, and lists its flaws", () => {
    expect(cardHead(card)).toBe("# Rows of a test\n\nWhat they look like.\n\nMade on 2026-01-02.");
    expect(cardFlaws(card)).toEqual(["The first flaw.", "The second."]);
  });
});

describe("another novelty threshold, from the rows alone", () => {
  const own = (): number => set.instructionConfig.preset.noveltyThreshold;

  it("gives the stage's own ledger at its own value", () => {
    expect(whatIfNovelty(set, [own()])[0]!.ledger).toEqual(set.ledgers.instructions);
  });

  it("keeps what judging the raw texts again would keep", () => {
    const thresholds = [0.1, 0.3, 0.95];
    const judged = thresholds.map(
      (noveltyThreshold) =>
        rejudgeInstructions({
          directory: join(run, "instructions"),
          changes: { noveltyThreshold, target: null, autoStop: null, tokenBudget: null },
        }).ledger.kept,
    );
    expect(new Set(judged).size).toBeGreaterThan(1);
    expect(whatIfNovelty(openDataset({ path: packed }), thresholds).map(({ ledger }) => ledger.kept)).toEqual(judged);
  });
});

describe("a row's origins", () => {
  it("are its demonstrations by id, and both prompts rendered again have the stored hashes", () => {
    for (const { id } of set.triples) {
      const { prompts } = rowOrigins(set, id);
      expect(prompts.map(({ asked, verified }) => [asked, verified])).toEqual([
        ["instruction", true],
        ["answer", true],
      ]);
      const task = set.instructions.find((row) => row.id === id)!;
      expect(prompts[0]!.shown.map((one) => one.id)).toEqual(task.demoIds);
    }
  });

  it("are no proof where a seed has changed or is gone, and an unknown id is refused", () => {
    const { id } = set.triples[0]!;
    const changed = set.seeds.map((seed) => ({ ...seed, instruction: `${seed.instruction} Now.` }));
    expect(rowOrigins({ ...set, seeds: changed }, id).prompts[0]!.verified).toBe(false);
    expect(rowOrigins({ ...set, seeds: [] }, id).prompts[0]!.verified).toBeNull();
    expect(() => rowOrigins(set, "task-none")).toThrow(/no row task-none; allowed: ids of the data set, such as task-/);
  });
});

describe("measures", () => {
  it("compare each kept row with the demonstrations of its own prompts", () => {
    const [tasks, answers] = similarityToDemonstrations(set);
    expect(tasks!.rows.map(({ id }) => id).sort()).toEqual(set.triples.map(({ id }) => id).sort());
    for (const { id, nearestId } of answers!.rows)
      expect(set.responses.find(({ instructionId }) => instructionId === id)!.demoIds).toContain(nearestId);
  });

  it("hold two domains against each other both ways, by seeds and definitions", () => {
    const seeds = (instruction: string) => [{ ...set.seeds[0]!, instruction, input: "", output: "" }];
    const row = (instruction: string) => ({ ...set.triples[0]!, instruction, input: "", output: "" });
    const own = { biomedicine: "kidney, blood, organ: a part", finance: "bond, dividend, stock: a part" };
    const [first, second] = leakageBetween(
      { domain: "biomedicine", seeds: seeds("kidney"), triples: [row("A bond and its dividend."), row("The kidney.")] },
      { domain: "finance", seeds: seeds("bond"), triples: [row("A bond.")] },
      { definitionsOf: (domain) => Array.from({ length: 60 }, () => ({ text: own[domain] })) },
    );
    expect(() => leakageBetween(set, set, { definitionsOf: () => [] })).toThrow(/two data sets of biomedicine/);
    expect([first.foreignDomain, first.leaked, second.foreignDomain, second.leaked]).toEqual(["finance", 1, "biomedicine", 0]);
  });

  it("show invention, imitation and monotony by the rows that have most of each", () => {
    const row = (id: string, input: string, output: string) => ({
      ...set.triples[0]!,
      id,
      instruction: `Say ${id}.`,
      input,
      output,
    });
    const triples = [
      row("a", "one two three", "one two three one two three one two"),
      row("b", "one two three", "four five six seven eight nine ten eleven"),
      row("c", "x", "Yes"),
      row("d", "y", "yes"),
    ];
    const task = (id: string, seedId: string) => ({ ...set.instructions[0]!, id, instruction: `Say ${id}.`, demoIds: [seedId] });
    const seeds = [
      { ...set.seeds[0]!, id: "bio-901", instruction: "Nothing alike here." },
      { ...set.seeds[0]!, id: "bio-902", instruction: "Say d." },
    ];
    const instructions = [task("a", "bio-901"), task("d", "bio-902")];
    expect(telltaleRows({ triples, instructions, responses: [], seeds }).map(({ id, shows }) => [id, shows])).toEqual([
      ["b", "100 % of the answer's words stand nowhere in the task"],
      ["d", "the instruction is nearest to its demonstration bio-902: ROUGE-L 1.00"],
      ["c", "2 rows have this answer (50 %)"],
    ]);
  });
});

describe("the commonest rules", () => {
  it("of all ledgers together keep their names, the others are one sum", () => {
    const ledger = (rejected: Record<string, number>) => ({ stage: "s", in: 20, kept: 5, rejected, failed: 0 });
    const folded = commonRules([ledger({ a: 9, b: 1, c: 5 }), ledger({ b: 8, d: 7 })], { shown: 2 });
    expect(folded.map(({ rejected }) => rejected)).toEqual([
      { a: 9, b: 1, "other rules": 5 },
      { b: 8, "other rules": 7 },
    ]);
  });
});

describe("Parquet", () => {
  it("gives back every row as it was, texts with quotes and line breaks too", async () => {
    const odd = { ...set.triples[0]!, id: "odd", input: `a "quoted" 'line'\nand é\\n`, output: "" };
    const { rows, equal, columns } = await parquetRoundTrip([...set.triples, odd], { name: "round-trip" });
    expect([rows, equal]).toEqual([set.triples.length + 1, set.triples.length + 1]);
    expect(columns.map(({ column }) => column)).toEqual(["id", "instruction", "input", "output", "lineage"]);
  });
});

describe("root verbs", () => {
  it("stand alone, with what to do and no machine path, where the general tasks are not here", () => {
    vi.stubEnv("SELFSPEC_BENCHMARKS", "");
    vi.stubEnv("SELFSPEC_CACHE", mkdtempSync(join(tmpdir(), "selfspec-cache-")));
    const { sets, missing } = rootSets(set);
    expect(sets.map(({ label }) => label)).toEqual([set.label]);
    expect(missing).toMatch(/Self-Instruct are not here: run `npm run selfspec -- data pull`/);
    expect(missing).not.toContain(tmpdir());
  });
});
