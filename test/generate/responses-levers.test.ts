// The levers of response generation, through the stage: what is asked, what is kept, what can be judged again without asking.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Corpus, defaultSettings } from "../../kernel-lib/src/corpus/index.js";
import { completionStops, renderPrompt } from "../../kernel-lib/src/dataset/index.js";
import type { Endpoint } from "../../kernel-lib/src/endpoint/index.js";
import {
  customResponsePrompt,
  type GenerateResponsesOptions,
  type GenerationPreset,
  generateResponses,
  type Instruction,
  presets,
  type ResponsePreset,
  rejudgeResponses,
} from "../../kernel-lib/src/generate/index.js";
import { InputError, sha256, toJsonl } from "../../kernel-lib/src/runtime/index.js";
import type { Seed } from "../../kernel-lib/src/seeds/index.js";
import { scriptedEndpoint, testSeeds } from "./scripted-endpoint.js";

const polar = (number: number, output: string): Seed => ({
  ...testSeeds[0]!,
  id: `bio-${100 + number}`,
  task: "judgement",
  instruction: `Does study ${number} support the treatment? Answer yes or no.`,
  input: `Study ${number} was small.`,
  output,
});
const seeds = [...testSeeds, polar(1, "yes"), polar(2, "no"), polar(3, "no")];

const task = (index: number, instruction: string, input: string): Instruction => ({
  id: `task-${String(index).padStart(4, "0")}`,
  instruction,
  input,
  promptHash: "0".repeat(64),
  demoIds: [],
  sample: index,
  novelty: { nearestId: null, score: 0 },
  model: "scripted-model",
  usage: { promptTokens: 1, completionTokens: 1 },
});
const texts = Array.from({ length: 12 }, (_, index) =>
  task(index, `Describe finding ${index} of the patient.`, `Finding ${index} was seen in the left lung.`),
);
const questions = Array.from({ length: 12 }, (_, index) =>
  task(50 + index, `Does study ${index} support the new drug? Answer yes or no.`, `Study ${index} had ${index} patients.`),
);
const instructions = [...texts, ...questions];

const write: Parameters<typeof scriptedEndpoint>[0] = ({ prompt, seed, temperature, logprobs }, random) => {
  const scores =
    logprobs === undefined ? {} : { logprobs: { tokens: ["a"], tokenLogprobs: [-random.uniform()], topLogprobs: [{}] } };
  if (/Answer yes or no\.\nInput: Study \d+ had/.test(prompt))
    return { text: random.integer(4) === 0 ? " yes" : " no", ...scores };
  if (seed! % 10 === 0) return { text: " and so on", finishReason: "length", ...scores };
  return { text: temperature === 0 ? ` seen on day ${random.integer(9)}` : ` was seen on day ${random.integer(3)}`, ...scores };
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "selfspec-levers-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const withLevers = (levers: Partial<ResponsePreset>): GenerationPreset => ({
  ...presets["self-moe"],
  responses: { ...presets["self-moe"].responses, ...levers },
});
let number = 0;
const run = (endpoint: Endpoint, levers: Partial<ResponsePreset> = {}, change: Partial<GenerateResponsesOptions> = {}) =>
  generateResponses({
    directory: join(folder, `run-${++number}`),
    instructions,
    seeds,
    domain: "biomedicine",
    endpoint,
    preset: withLevers(levers),
    runSeed: 5,
    ...change,
  });
const bytes = (directory: string): string[] =>
  ["config.json", "rows.jsonl", "rejected.jsonl", "ledger.json"].map((name) => readFileSync(join(directory, name), "utf8"));
const rawKeys = (directory: string): string[] =>
  readFileSync(join(directory, "raw.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { key: string }).key);

describe("several samples a task", () => {
  const levers = { samples: 4, pick: "self-consistency", logprobs: true } as const;

  it("are asked greedily first and then with a temperature of their own, and stored under numbered keys", async () => {
    const endpoint = scriptedEndpoint(write);
    const directory = join(folder, "samples");
    await run(endpoint, levers, { directory, instructions: texts });
    expect(endpoint.requests).toHaveLength(48);
    expect(
      rawKeys(directory)
        .filter((key) => key.startsWith("task-0003"))
        .sort(),
    ).toEqual(["task-0003", "task-0003#1", "task-0003#2", "task-0003#3"]);
    const greedy = endpoint.requests.filter(({ temperature }) => temperature === 0);
    expect(greedy.map(({ sample }) => sample)).toEqual(new Array(12).fill(undefined));
    const further = endpoint.requests.filter(({ temperature }) => temperature === 0.7);
    expect(new Set(further.map(({ sample }) => sample))).toEqual(new Set([1, 2, 3]));
    expect(new Set(further.map(({ seed }) => seed)).size).toBe(36);
  });

  it("are counted as one task: in = kept + rejected + failed, at any number of samples and refusals", async () => {
    const anyCase = fc.record({
      samples: fc.integer({ min: 1, max: 4 }),
      concurrency: fc.integer({ min: 1, max: 64 }),
      refusals: fc.integer({ min: 0, max: 3 }),
      pick: fc.constantFrom("first", "self-consistency", "likelihood"),
      minAgreement: fc.constantFrom(0, 0.5),
    });
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ samples, concurrency, refusals, pick, minAgreement }) => {
        const refuse = scriptedEndpoint((request, random) => {
          if (random.integer(4) < refusals) throw new InputError({ got: "the server refused the request", todo: "shorten it" });
          return write(request, random);
        });
        const result = await run(refuse, { samples, pick, minAgreement }, { concurrency, instructions: texts }).catch(() => null);
        if (result === null) return;
        const { rows, rejections, ledger } = result;
        expect(ledger.in).toBe(12);
        expect(rows.length + rejections.length + ledger.failed).toBe(12);
        expect(new Set([...rows.map((row) => row.instructionId), ...rejections.map(({ id }) => id)]).size).toBe(
          rows.length + rejections.length,
        );
      }),
      { numRuns: 20 },
    );
  });

  it("end with the same bytes at concurrency 1 and 16, broken off or not", async () => {
    const [narrow, wide, broken] = ["narrow", "wide", "broken"].map((part) => join(folder, part)) as [string, string, string];
    const all = { ...levers, minAgreement: 0.3, labelsOnlyWhereAsked: true, balanceLabels: { maxRatio: 2 }, maxCopiedShare: 0.6 };
    await run(scriptedEndpoint(write), all, { directory: narrow, concurrency: 1 });
    await run(scriptedEndpoint(write), all, { directory: wide, concurrency: 16 });
    await expect(run(scriptedEndpoint(write, { failAt: 31 }), all, { directory: broken })).rejects.toThrow("gone");
    await run(scriptedEndpoint(write), all, { directory: broken });
    expect(bytes(wide)).toEqual(bytes(narrow));
    expect(bytes(broken)).toEqual(bytes(narrow));
  });

  it("store how far they agree, and a threshold drops tasks on which they do not", async () => {
    const { rows } = await run(scriptedEndpoint(write), levers);
    expect(rows.every(({ samples, agreement, meanLogprob }) => samples === 4 && agreement! >= 0 && meanLogprob! <= 0)).toBe(true);
    const strict = await run(scriptedEndpoint(write), { ...levers, minAgreement: 0.9 });
    const dropped = strict.rejections.filter(({ rule }) => rule === "low-agreement");
    expect(dropped.length).toBeGreaterThan(0);
    expect(dropped.every(({ score, threshold }) => score! < 0.9 && threshold === 0.9)).toBe(true);
    expect(strict.rows.every(({ agreement }) => agreement! >= 0.9)).toBe(true);
  });
});

describe("scoring labels", () => {
  /** Always prefers "no", and less so where the study had more than five patients; a prompt without content says "no" too. */
  const biased: Parameters<typeof scriptedEndpoint>[0] = (request, random) => {
    if (request.logprobs !== 20) return write(request, random);
    const patients = /had (\d+) patients\.\nOutput:$/.exec(request.prompt)?.[1];
    const no = patients === undefined ? 0.8 : Number(patients) > 5 ? 0.6 : 0.9;
    const top = { " no": Math.log(no), " yes": Math.log(1 - no) };
    return { text: " no", logprobs: { tokens: [" no"], tokenLogprobs: [Math.log(no)], topLogprobs: [top] } };
  };
  const outputsOf = async (labelScoring: ResponsePreset["labelScoring"]): Promise<string[]> => {
    const { rows } = await run(scriptedEndpoint(biased), { labelScoring }, { instructions: questions });
    return rows.map(({ output }) => output);
  };

  it("keeps the model's bias by likelihood and undoes it by calibration", async () => {
    expect(await outputsOf("likelihood")).toEqual(new Array(12).fill("no"));
    expect(await outputsOf("calibrated")).toEqual([...new Array(6).fill("no"), ...new Array(6).fill("yes")]);
  });

  it("asks one token of each prompt, the second with an input that says nothing, and stores the scores", async () => {
    const endpoint = scriptedEndpoint(biased);
    const { rows } = await run(endpoint, { labelScoring: "calibrated", samples: 3 }, { instructions: questions.slice(0, 1) });
    expect(endpoint.requests.map(({ maxTokens }) => maxTokens)).toEqual([1, 1]);
    expect(endpoint.requests[1]!.prompt).toContain("Answer yes or no.\nInput: N/A\nOutput:");
    expect(rows[0]!.labelScores).toEqual([
      { label: "yes", logprob: Math.log(1 - 0.9), contentFree: Math.log(1 - 0.8) },
      { label: "no", logprob: Math.log(0.9), contentFree: Math.log(0.8) },
    ]);
    expect(rows[0]!.agreement).toBeCloseTo(1.125 / (1.125 + 0.5), 12);
  });

  it("lets the model write where a server reports no label, and scores a label that it wrote unasked", async () => {
    const silent = await run(scriptedEndpoint(write), { labelScoring: "calibrated" }, { instructions: questions });
    expect(silent.rows.every(({ labelScores }) => labelScores === undefined)).toBe(true);
    const open = [task(0, "What do you think about it?", "Is measles a virus?")];
    const wrote = scriptedEndpoint((request, random) => (request.logprobs === 20 ? biased(request, random) : { text: " no" }));
    const { rows } = await run(wrote, { labelScoring: "likelihood" }, { instructions: open });
    expect(rows[0]!.labelScores?.map(({ label }) => label)).toEqual(["yes", "no"]);
  });
});

describe("without a filter", () => {
  it("only empty and cut-off answers are dropped, whatever else is switched on", async () => {
    const directory = join(folder, "unfiltered");
    const all = { samples: 3, minAgreement: 1, balanceLabels: { maxRatio: 1 }, labelsOnlyWhereAsked: true } as const;
    const { rows, ledger } = await run(scriptedEndpoint(write), { ...all, filter: "parse-only" }, { directory });
    expect(Object.keys(ledger.rejected).filter((rule) => rule !== "cut-off")).toEqual([]);
    const filtered = rejudgeResponses({ directory, instructions, seeds, changes: { filter: "full" } });
    expect(filtered.rows.length).toBeLessThan(rows.length);
  });
});

describe("balancing labels", () => {
  it("drops the later rows of a label in excess, with its score, and the ledger balances", async () => {
    const { rows, rejections, ledger } = await run(scriptedEndpoint(write), { balanceLabels: { maxRatio: 1.5 } });
    const count = (label: string): number => rows.filter(({ output }) => output === label).length;
    expect(count("no")).toBeLessThanOrEqual(1.5 * count("yes"));
    expect(ledger.rejected["label-balance"]).toBe(rejections.filter(({ rule }) => rule === "label-balance").length);
    expect(ledger.rejected["label-balance"]).toBeGreaterThan(0);
    expect(rejections.filter(({ rule }) => rule === "label-balance").every(({ score }) => score! > 1.5)).toBe(true);
  });
});

describe("P13: judging stored answers again", () => {
  const levers = { samples: 3, pick: "self-consistency", balanceLabels: { maxRatio: 2 } } as const;

  it("reproduces the finished stage to the byte when nothing is changed", async () => {
    const directory = join(folder, "stage");
    await run(scriptedEndpoint(write), levers, { directory });
    const again = rejudgeResponses({ directory, instructions, seeds });
    expect([again.rows, again.rejections].map(toJsonl)).toEqual(bytes(directory).slice(1, 3));
    expect(again.ledger).toEqual(JSON.parse(bytes(directory)[3]!));
  });

  it("gives what another run with those switches would have given, without a call", async () => {
    const directory = join(folder, "stage");
    await run(scriptedEndpoint(write), levers, { directory });
    const changes = { samples: 1, pick: "first", balanceLabels: null, labelsOnlyWhereAsked: true } as const;
    const { rows, rejections, ledger } = await run(scriptedEndpoint(write), { ...levers, ...changes });
    expect(rejudgeResponses({ directory, instructions, seeds, changes })).toEqual({ rows, rejections, ledger });
  });

  it.each([
    [{ samples: 4 }, /samples 4.*3 or fewer/],
    [{ pick: "likelihood" }, /no log-probabilities are stored/],
    [{ labelScoring: "calibrated" }, /labelScoring "calibrated".*allowed: off/],
    [{ temperature: 1 }, /a change of "temperature"/],
  ] as [object, RegExp][])("refuses a change that needs other answers: %j", async (changes, message) => {
    const directory = join(folder, "stage");
    await run(scriptedEndpoint(write), levers, { directory });
    expect(() => rejudgeResponses({ directory, instructions, seeds, changes })).toThrow(message);
  });

  it("refuses other instructions than the stage's", async () => {
    const directory = join(folder, "stage");
    await run(scriptedEndpoint(write), levers, { directory });
    expect(() => rejudgeResponses({ directory, instructions: texts, seeds })).toThrow(InputError);
  });
});

describe("retrieval", () => {
  const secretText = "Ferrous tablets blacken stools.";
  const corpus = (asked: string[]): Corpus => ({
    count: 1,
    source: "test",
    licence: "test",
    fingerprint: "f",
    settings: defaultSettings,
    search: (query, k) => {
      asked.push(query);
      const passages = [1, 2, 3].map((rank) => ({
        id: `p${rank}`,
        text: secretText,
        source: "t",
        licence: "t",
        rank,
        score: 4 - rank,
      }));
      return Promise.resolve(passages.slice(0, k));
    },
    close: () => undefined,
  });

  it("is switched and widened over the same instructions, whose bytes stay, and no passage text is stored", async () => {
    const before = sha256(toJsonl(instructions));
    const answer: typeof write = (request, random) =>
      request.prompt.includes(secretText) ? { text: " stools blacken on day 3" } : write(request, random);
    const hashes: unknown[] = [];
    for (const passages of [0, 1, 3]) {
      const directory = join(folder, `retrieval-${passages}`);
      const retrieval = passages === 0 ? {} : { retrieval: { corpus: corpus([]), passages } };
      const { rows } = await run(scriptedEndpoint(answer), {}, { directory, instructions: texts, ...retrieval });
      expect(rows[0]!.passages?.length ?? 0).toBe(passages);
      expect(rows[0]!.passageUse).toBe(passages === 0 ? undefined : 2 / 3);
      hashes.push((JSON.parse(bytes(directory)[0]!) as { instructions: unknown }).instructions);
      for (const name of ["raw.jsonl", "rows.jsonl", "rejected.jsonl", "config.json"])
        expect(readFileSync(join(directory, name), "utf8")).not.toContain("Ferrous");
    }
    expect(new Set(hashes).size).toBe(1);
    expect(sha256(toJsonl(instructions))).toBe(before);
  });

  it("searches once a task, with the input alone where the preset says so", async () => {
    const asked: string[] = [];
    await run(
      scriptedEndpoint(write),
      { retrievalQuery: "input", samples: 3 },
      {
        instructions: texts.slice(0, 1),
        retrieval: { corpus: corpus(asked), passages: 1 },
      },
    );
    expect(asked).toEqual(["Finding 0 was seen in the left lung."]);
  });
});

describe("demonstrations", () => {
  it("nearest are those most like instruction and input together, the nearest last", async () => {
    const endpoint = scriptedEndpoint(write);
    const near = [task(0, "Compare what is said.", "In sentence 7 the bone was healthy, and so it stayed.")];
    const { rows } = await run(endpoint, { choose: "nearest", demonstrations: 2 }, { instructions: near });
    expect(rows[0]!.demoIds).toHaveLength(2);
    expect(seeds.find(({ id }) => id === rows[0]!.demoIds.at(-1))?.input).toBe("In sentence 7 the bone was healthy.");
  });
});

describe("a second round", () => {
  const tuned = customResponsePrompt({
    name: "tuned",
    stops: completionStops,
    render: ({ question, demonstrations }) => renderPrompt(question, demonstrations),
  });

  it("asks the adapter of the first round for the same tasks, with the prompt that it was tuned on", async () => {
    const endpoint = scriptedEndpoint(write);
    const levers = { demonstrations: 0 };
    const { rows } = await run(endpoint, levers, { model: "scripted-model:round-1", prompt: tuned, instructions: texts });
    const [first] = texts;
    expect(endpoint.requests.every(({ model }) => model === "scripted-model:round-1")).toBe(true);
    expect(endpoint.requests.map(({ prompt }) => prompt)).toContain(renderPrompt(first!));
    expect(endpoint.requests[0]!.stop).toEqual(completionStops);
    expect(rows[0]).toMatchObject({ model: "scripted-model:round-1", demoIds: [], promptHash: sha256(renderPrompt(first!)) });
  });

  it("is not mixed with the first in one folder, nor with another wording of its prompt", async () => {
    const directory = join(folder, "round");
    await run(scriptedEndpoint(write), {}, { directory, prompt: tuned });
    await expect(run(scriptedEndpoint(write), {}, { directory })).rejects.toThrow(/prompt\.name was "tuned"/);
    const reworded = customResponsePrompt({ ...tuned, render: (parts) => `${tuned.render(parts)} ` });
    await expect(run(scriptedEndpoint(write), {}, { directory, prompt: reworded })).rejects.toThrow(/prompt\.sha256/);
  });
});
