// An evaluation opened to be looked at: from its own folder, from what was published of it, and answer by answer.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { evaluateSystem, openTask, sampleItems, trivialPredictions } from "../../kernel-lib/src/evaluate/index.js";
import {
  answerShares,
  type Benchmarks,
  changedItems,
  detectableIn,
  givenLabels,
  judgeAnswers,
  mostChanged,
  openBenchmarks,
  openEvaluation,
  ownPrompt,
  publishRun,
  type Run,
  scoreFinishedTasks,
  traceItem,
} from "../../kernel-lib/src/experiments/index.js";
import {
  answerKindsFigure,
  answersTable,
  benchmarkRunsTable,
  benchmarkTasksTable,
  changedItemsTable,
  detectableTable,
  givenLabelsTable,
  itemTable,
  movesTable,
  renderTerminal,
  type Table,
} from "../../kernel-lib/src/report/index.js";
import { InputError, writeJson, writeJsonl } from "../../kernel-lib/src/runtime/index.js";
import { fakeEndpoint } from "../evaluate/fixtures.js";
import { plotlyValidator } from "../report/plotly-validator.js";
import { writeTunedRun } from "./tuned-run.js";

const runSeed = 1;
const [labels, names] = ["phrasebank", "ncbi-disease"];
const scored = (taskId: string) => sampleItems(openTask({ taskId }).items.test, 6, runSeed);

let scratch: string;
let run: Run;
let published: string;
let set: Benchmarks;

/** What a system answers to the items of both tasks, in their order. */
const answersOf: Record<string, (item: { input: string; gold: string }, index: number) => string> = {
  // Copies the first, says nothing to the second, cannot be read on the third, is right with too many words on the others.
  base: ({ input, gold }, index) => [input, "", "I do not know."][index] ?? `The answer is ${gold}.`,
  // Right on the first three, the wrong label or name on the others.
  "seeds-only": ({ gold }, index) => (index < 3 ? gold : gold === "positive" ? "negative" : "positive"),
};

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "selfspec-benchmarks-"));
  vi.stubEnv("SELFSPEC_HOME", join(scratch, "home"));
  vi.stubEnv("SELFSPEC_CACHE", join(scratch, "cache"));
  vi.stubEnv("SELFSPEC_BENCHMARKS", "");
  const origin = writeTunedRun(join(scratch, "origin"), "http://127.0.0.1:1/v1");
  run = await openEvaluation({
    origin,
    tasks: [labels!, names!],
    items: 6,
    shots: [0, 1],
    directory: join(scratch, "evaluation"),
  });
  for (const taskId of run.config.tasks) {
    const { task, items } = openTask({ taskId });
    const asked = scored(taskId);
    const common = { task, items: asked, demonstrations: items.demonstrations, ks: [0, 1], runSeed };
    writeJsonl(join(run.directory.evaluation(), "trivial", `${taskId}.jsonl`), trivialPredictions(common));
    for (const [system, answer] of Object.entries(answersOf)) {
      const endpoint = fakeEndpoint((prompt) => {
        const index = asked.findIndex(({ input }) => prompt.endsWith(`${input}\n\n### Response:\n`));
        return answer(asked[index]!, index);
      });
      const directory = run.directory.evaluation();
      await evaluateSystem({ ...common, endpoint, system, directory, contextTokens: 4096, maxTokens: 50 });
    }
  }
  scoreFinishedTasks(run.config, run.directory);
  writeJson(join(run.directory.path, "report", "results.json"), { meta: { command: "a test" } });
  writeFileSync(join(run.directory.path, "report", "report.md"), "");
  mkdirSync(join(run.directory.path, "figures"));
  published = join(scratch, "published");
  await publishRun({ run, target: published });
  set = openBenchmarks({ path: run.directory.path });
});

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(scratch, { recursive: true });
});

const kindsOf = (from: Benchmarks, task: string, system: string, k = 0): string[] =>
  judgeAnswers(from, { task, system, k }).map(({ kind }) => kind);

describe("an opened evaluation", () => {
  it("is the same in its own folder and published, but for the texts that were withheld", () => {
    const copy = openBenchmarks({ path: published });
    expect(copy.scores).toEqual(set.scores);
    expect(copy.origins).toEqual(set.origins);
    expect([copy.tuned, copy.systems]).toEqual(["seeds-only", ["trivial", "base", "seeds-only"]]);
    expect(copy.predictions).toHaveLength(set.predictions.length);
    const withheld = copy.predictions.filter(({ withheldWords }) => withheldWords !== undefined);
    expect(new Set(withheld.map(({ system }) => system))).toEqual(new Set(["trivial", "base"]));
    const judged = (from: Benchmarks) =>
      judgeAnswers(from, { task: names!, k: 0 }).map(({ row, score, formatted }) => [row.system, row.itemId, score, formatted]);
    expect(judged(copy).sort()).toEqual(judged(set).sort());
  });

  it("has no score for what was withheld without its counts", () => {
    const copy = openBenchmarks({ path: published });
    const predictions = copy.predictions.map(({ withheldCounts: _later, ...row }) => row);
    const [first] = judgeAnswers({ ...copy, predictions }, { task: names!, system: "base", k: 0 });
    expect(first).toMatchObject({ score: null, kind: "repeats a text" });
  });

  it("has what was found in the data that its systems were tuned on, where somebody searched it", () => {
    const searched = join(scratch, "searched");
    cpSync(published, searched, { recursive: true });
    expect(set.contamination).toEqual([]);
    const report = { records: { seed: 80, row: 0, passage: 0, demonstration: 0 }, tasks: [], findings: [] };
    writeJson(join(searched, "dataset", "contamination.json"), report);
    expect(openBenchmarks({ path: searched }).contamination).toEqual([{ system: "self-specialised", report }]);
  });

  it.each([
    [
      "a folder without scores",
      () => openBenchmarks({ path: join(scratch, "nowhere") }),
      /has no evaluate\/scores\.json; allowed:/,
    ],
    ["a task that was not scored", () => judgeAnswers(set, { task: "hoc" }), /task "hoc" of .*allowed: phrasebank, ncbi-disease/],
    [
      "a system that nobody asked",
      () => judgeAnswers(set, { task: labels!, system: "other" }),
      /system other.*allowed: systems triv/,
    ],
    ["a k that was not asked", () => answerShares(set, { k: 5 }), /k 5 to phrasebank.*k 0, 1/],
  ])("refuses %s in one line", (_, open, message) => {
    expect(open).toThrow(InputError);
    expect(open).toThrow(message);
  });
});

describe("answers, one by one", () => {
  it("are of a kind each: copied, empty, unreadable, right, wrong", () => {
    for (const folder of [run.directory.path, published])
      expect(kindsOf(openBenchmarks({ path: folder }), labels!, "base")).toEqual([
        ...["repeats a text", "empty", "unreadable"],
        ...["right", "right", "right"],
      ]);
    expect(kindsOf(set, labels!, "seeds-only")).toEqual(["right", "right", "right", "wrong label", "wrong label", "wrong label"]);
    expect(kindsOf(set, names!, "seeds-only").slice(3)).toEqual(["wrong answer", "wrong answer", "wrong answer"]);
  });

  it("are told from their format: what is right may still be written otherwise than asked", () => {
    const [right] = judgeAnswers(set, { task: labels!, system: "base", k: 0, kind: "right" });
    expect(right).toMatchObject({ score: 1, formatted: false });
    const share = answerShares(set, { k: 0 }).find(({ task, system }) => task === labels && system === "base");
    expect(share).toMatchObject({
      answers: 6,
      unformatted: 6,
      kinds: { right: 3, empty: 1, unreadable: 1, "repeats a text": 1 },
    });
  });

  it("move from kind to kind between two systems, and what changed most comes first", () => {
    const changes = changedItems(set, { task: labels!, k: 0 });
    expect(changes.moves).toContainEqual({ before: "right", after: "wrong label", items: 3 });
    expect(changes.moves.reduce((sum, { items }) => sum + items, 0)).toBe(6);
    expect(mostChanged(changes, "worse").map(({ change }) => change)).toEqual([-1, -1, -1]);
    expect(mostChanged(changes, "better", 2).map(({ after }) => after.kind)).toEqual(["right", "right"]);
  });

  it("count the labels that were given beside the right ones", () => {
    const rows = givenLabels(set, { k: 0 });
    expect(rows.map(({ task, system }) => [task, system])).toEqual(
      [null, "trivial", "base", "seeds-only"].map((system) => [labels, system]),
    );
    const total = ({ counts, unread }: (typeof rows)[number]): number =>
      counts.reduce((sum, { answers }) => sum + answers, unread);
    expect(rows.map(total)).toEqual([6, 6, 6, 6]);
    const right = new Map<string, number>();
    for (const { gold } of scored(labels!)) right.set(gold, (right.get(gold) ?? 0) + 1);
    expect(new Map(rows[0]!.counts.map(({ label, answers }) => [label, answers]))).toEqual(right);
    expect(rows[1]!.counts).toHaveLength(1);
    expect(rows[2]!.unread).toBeGreaterThanOrEqual(2);
    expect(renderTerminal(givenLabelsTable(rows), { colour: false })).toMatch(/the right ones +\w+ \d+%/);
  });

  it("have no score and no gold where the files they were scored on are not here", () => {
    const moved = join(scratch, "original");
    cpSync(published, moved, { recursive: true });
    const path = join(moved, "evaluate", "scores.json");
    writeFileSync(path, readFileSync(path, "utf8").replaceAll('"mini"', '"original"'));
    const elsewhere = openBenchmarks({ path: moved });
    expect(elsewhere.items(labels!).missing).toContain("the original files are not here");
    const answers = judgeAnswers(elsewhere, { task: labels!, system: "seeds-only", k: 0 });
    expect(new Set(answers.map(({ kind, score, gold }) => `${kind} ${score} ${gold}`))).toEqual(
      new Set(["gold not here null null"]),
    );
  });
});

describe("one question clicked through", () => {
  const trace = (from: Benchmarks, more = {}) => {
    const item = scored(names!)[3]!.id;
    return traceItem(from, { task: names!, item, k: 1, ...more });
  };

  it("renders its prompt again to the stored hash, with every system's answer beside", async () => {
    const { prompts, answers } = await trace(openBenchmarks({ path: published }));
    expect(prompts).toHaveLength(1);
    expect(prompts[0]).toMatchObject({ systems: ["base", "seeds-only"], verified: true, passageIds: [] });
    expect(prompts[0]!.demoIds).toHaveLength(1);
    expect(answers.map(({ row }) => row.system)).toEqual(["trivial", "base", "seeds-only"]);
    expect(answers[1]).toMatchObject({
      kind: expect.stringMatching(/right/),
      counts: expect.stringMatching(/^\d of \d, \d named$/),
    });
  });

  it("tells a prompt that comes out otherwise", async () => {
    const predictions = set.predictions.map((row) => ({ ...row, promptHash: row.promptHash && "0".repeat(64) }));
    const { prompts } = await trace({ ...set, predictions });
    expect(prompts[0]).toMatchObject({ verified: false, text: null });
  });

  it("shows texts of this project, and those of others only to whom asks for them", async () => {
    const local = set.items(names!);
    const foreign = { ...set, items: () => ({ ...local, ours: false }) };
    const [own, hidden, asked] = [await trace(set), await trace(foreign), await trace(foreign, { showTexts: true })];
    const { input, gold } = local.items.get(own.item)!;
    for (const shown of [own, asked]) {
      expect(shown.prompts[0]!.text).toContain(input);
      expect(shown.gold).toBe(gold);
    }
    expect(hidden.prompts[0]).toMatchObject({ verified: true, text: null });
    expect(JSON.stringify([hidden.gold, hidden.instruction])).not.toContain(gold);
  });

  it("has the labels' likelihoods beside what was written, the likeliest first, by sum and by token", async () => {
    const item = scored(labels!)[0]!.id;
    const { raw, extraction, strict, lenient, withheldWords, ...asked } = judgeAnswers(set, {
      ...{ task: labels!, item, system: "base", k: 0 },
    })[0]!.row;
    const scores = { negative: [-9, 3], neutral: [-4, 1], positive: [-6, 3] } as const;
    const likelihood = {
      ...asked,
      labels: Object.entries(scores).map(([label, [logprob, tokens]]) => ({ label, logprob, tokens })),
    };
    const trace = await traceItem({ ...set, likelihoods: [likelihood] }, { task: labels!, item, k: 0 });
    expect(trace.answers.find(({ row }) => row.system === "base")!.labels.map(({ label }) => label)).toEqual([
      ...["neutral", "positive", "negative"],
    ]);
    const shown = renderTerminal(itemTable(trace), { colour: false, maxCellWidth: 100 });
    expect(shown).toContain("neutral -4.00, positive -6.00, negative -9.00");
    expect(shown).toContain("positive -2.00, negative -3.00, neutral -4.00");
  });

  it("shows a whole prompt of the mini set, its demonstrations by id", () => {
    const { text, demoIds, item } = ownPrompt({ task: names!, k: 2 });
    expect(demoIds).toHaveLength(2);
    expect(text.match(/### Input:/g)).toHaveLength(3);
    expect(text.endsWith(`${set.items(names!).items.get(item)!.input}\n\n### Response:\n`)).toBe(true);
  });
});

describe("its tables and its figure", () => {
  const text = (table: Table): string => renderTerminal(table, { colour: false, width: 400 });

  it("name the run, its tasks and what was withheld", () => {
    const copy = openBenchmarks({ path: published });
    const runs = text(benchmarkRunsTable([copy]));
    expect(runs).toMatch(/model +Scripted/);
    expect(runs).toMatch(/tasks +2, 2 of them on the mini set/);
    expect(runs).toMatch(/72; \d+ with their text withheld, 0 failed/);
    expect(text(benchmarkTasksTable(copy))).toMatch(/NCBI-disease +by the paper/);
  });

  it("list answers, moves and changes", () => {
    const changes = changedItems(set, { task: labels!, k: 0 });
    expect(text(movesTable(changes))).toMatch(/right +3/);
    expect(text(changedItemsTable(mostChanged(changes, "worse")))).toContain("wrong label");
    const answers = judgeAnswers(openBenchmarks({ path: published }), { task: labels!, system: "base", k: 0 });
    expect(text(answersTable(answers, { rows: 2 }))).toMatch(/words that repeat a text, withheld/);
    expect(text(answersTable(answers, { rows: 2 }))).toContain("2 of 6 answers: 3 right");
  });

  it("tell what its items could show, by the documents and the spread that were scored", () => {
    const { parts, comparisonsPerTask, earlier, shots } = detectableIn(set);
    expect(parts.map(({ task, items }) => [task.id, items.length])).toEqual([labels, names].map((task) => [task, 6]));
    expect(new Set(parts[0]!.items.map(({ document }) => document)).size).toBe(6);
    // seeds-only against base and the trivial answer, with 0 and 1 demonstrations
    expect([comparisonsPerTask, shots, earlier]).toEqual([4, [0, 1], set.differences]);
    const clustered = detectableIn({ ...set, scores: set.scores.map((score) => ({ ...score, clusters: 2 })) });
    expect(new Set(clustered.parts[0]!.items.map(({ document }) => document)).size).toBe(2);
    expect(text(detectableTable(detectableIn(set)))).toContain("measured: the largest of 4 earlier comparisons");
  });

  it("say how a question was asked", async () => {
    const shown = text(itemTable(await traceItem(set, { task: labels!, item: scored(labels!)[0]!.id, k: 0 })));
    expect(shown).toContain("the same hash: these bytes were sent");
    expect(shown).toMatch(/Layout sections-1, task version 1, run seed 1/);
  });

  it("draw each system's kinds of answers as valid Plotly, in bars of 100 %", () => {
    const figure = answerKindsFigure(answerShares(set, { k: 1 }), { about: "a test" });
    expect(plotlyValidator()(figure)).toEqual([]);
    const bars = figure.data.map(({ x }) => x as number[]);
    for (let bar = 0; bar < 4; bar++) expect(bars.reduce((sum, x) => sum + x[bar]!, 0)).toBeCloseTo(100);
  });
});
