import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { predictionSchema } from "../../kernel-lib/src/evaluate/index.js";
import { evaluationSchema } from "../../kernel-lib/src/experiments/evaluate-stage.js";
import {
  chooseTasks,
  comparisonsOf,
  type OpenEvaluationOptions,
  openEvaluation,
  type Run,
  reopenRun,
  scoreFinishedTasks,
} from "../../kernel-lib/src/experiments/index.js";
import { projectRoot, readJson, readJsonl, sha256, writeJson } from "../../kernel-lib/src/runtime/index.js";
import { type AnsweringServer, startAnsweringServer } from "./answering-server.js";
import { adapterSha256, writeTunedRun } from "./tuned-run.js";

let scratch: string;
let origin: string;
let server: AnsweringServer;
let other: AnsweringServer;
let run: Run;

/** Every file of a folder with its time. */
const listing = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => `${name} ${statSync(join(folder, name)).mtimeMs}`)
    .sort();

const open = (more: Partial<OpenEvaluationOptions> = {}): Promise<Run> =>
  openEvaluation({
    origin,
    tasks: ["ncbi-disease", "phrasebank"],
    systems: ["base", "base-retrieval", "seeds-only"],
    items: 3,
    shots: [0, 1],
    draws: 2,
    likelihood: false,
    settings: {
      "retrieval.corpus": join(scratch, "corpus.txt"),
      "evaluation.endpoints": [{ name: "other", baseURL: other.baseURL, model: "another" }],
    },
    directory: join(scratch, "evaluation"),
    ...more,
  });

const answersOf = (system: string, task: string) =>
  readJsonl(join(run.directory.evaluation(), system, `${task}.jsonl`), predictionSchema);

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "selfspec-evaluation-"));
  vi.stubEnv("SELFSPEC_HOME", join(scratch, "home"));
  vi.stubEnv("SELFSPEC_CACHE", join(scratch, "cache"));
  vi.stubEnv("SELFSPEC_BENCHMARKS", "");
  writeFileSync(
    join(scratch, "corpus.txt"),
    "Patients have a disease: cancer, a syndrome, a mutation in a family.\n\nA company earns a profit from sales.\n",
  );
  server = await startAnsweringServer();
  other = await startAnsweringServer(() => " positive");
  origin = writeTunedRun(join(scratch, "origin"), server.baseURL);
});

afterAll(() => {
  server.close();
  other.close();
  vi.unstubAllEnvs();
  rmSync(scratch, { recursive: true });
});

describe("an evaluation of a run that an earlier version left", () => {
  let before: string[];

  beforeAll(async () => {
    before = listing(origin);
    run = await open();
    await run.execute({ until: "evaluate" });
  });

  it("leaves the run as it was, and copies its adapter without the checkpoint", () => {
    expect(listing(origin)).toEqual(before);
    const copied = readdirSync(run.directory.training("seeds-only"));
    expect(copied).toContain("adapter.gguf");
    expect(copied).not.toContain("checkpoint.safetensors");
  });

  it("records the adapter by its SHA-256 and the command that made it, without a path of the run", () => {
    const text = readFileSync(join(run.directory.path, "config.json"), "utf8");
    expect(reopenRun(run.directory.path).config.adaptersFrom).toMatchObject({ adapters: { "seeds-only": adapterSha256 } });
    expect(text).not.toContain(origin);
  });

  it("puts trivial, base, base with passages, the tuned system and another server into one table", () => {
    const { scores, differences } = run.result();
    const systems = ["trivial", "base", "base-retrieval", "seeds-only", "other"];
    expect(new Set(scores.map(({ system }) => system))).toEqual(new Set(systems));
    const pairs = new Set(differences.map(({ system, against }) => `${system} − ${against}`));
    expect(pairs).toEqual(new Set(["base-retrieval − base", "seeds-only − base", "seeds-only − trivial"]));
  });

  it("asks each system under the name its server knows it by, and the other server under its own", () => {
    expect(new Set(server.asked.map(({ model }) => model.replace(/-[0-9a-f]{8}$/, "")))).toEqual(
      new Set(["scripted", "scripted:seeds-only"]),
    );
    expect(new Set(other.asked.map(({ model }) => model))).toEqual(new Set(["another"]));
  });

  it("finishes a task with all systems before it begins the next", () => {
    const isOfFirst = server.asked.map(({ prompt }) => prompt.includes("sentence") && !/positive|negative/.test(prompt));
    expect(isOfFirst.lastIndexOf(true)).toBeLessThan(isOfFirst.indexOf(false));
  });

  it("shows the base's passages to base-retrieval alone, by their ids", () => {
    const ids = ["ncbi-disease", "phrasebank"]
      .flatMap((task) => answersOf("base-retrieval", task))
      .flatMap(({ passageIds }) => passageIds);
    expect(ids.length).toBeGreaterThan(0);
    expect(answersOf("base", "ncbi-disease").every(({ passageIds }) => passageIds.length === 0)).toBe(true);
  });

  it("asks nothing more when it is opened and executed again, from the run or from its own folder", async () => {
    const asked = server.asked.length;
    await (await open()).execute({ until: "evaluate" });
    const again = await openEvaluation({ origin: run.directory.path });
    expect(again.directory.path).toBe(run.directory.path);
    await again.execute({ until: "evaluate" });
    expect(server.asked.length).toBe(asked);
  });

  it("scores what every system has answered where one task is not complete", () => {
    const path = join(run.directory.evaluation(), "seeds-only", "phrasebank.jsonl");
    const whole = readFileSync(path, "utf8");
    writeFileSync(path, `${whole.split("\n")[0]}\n`);
    expect(scoreFinishedTasks(run.config, run.directory)).toEqual({ scored: ["ncbi-disease"], open: ["phrasebank"] });
    expect(new Set(run.result().scores.map(({ taskId }) => taskId))).toEqual(new Set(["ncbi-disease"]));
    writeFileSync(path, whole);
    expect(scoreFinishedTasks(run.config, run.directory).open).toEqual([]);
  });

  it("an error that was mended is not counted, and the last answer to a question is the one that is scored", () => {
    const path = join(run.directory.evaluation(), "other", "phrasebank.jsonl");
    const whole = readFileSync(path, "utf8");
    const failed = answersOf("other", "phrasebank").map((row) => ({
      ...row,
      raw: "",
      strict: null,
      lenient: null,
      error: "gone",
    }));
    scoreFinishedTasks(run.config, run.directory);
    const before = run.result();
    writeFileSync(path, `${JSON.stringify(failed[0])}\n${whole}`);
    scoreFinishedTasks(run.config, run.directory);
    expect(run.result().scores).toEqual(before.scores);
    expect(run.result().notices).toEqual(before.notices);
    writeFileSync(path, whole + JSON.stringify(failed[0]));
    scoreFinishedTasks(run.config, run.directory);
    expect(run.result().notices?.join()).toContain("(other): 1 questions without an answer");
    writeFileSync(path, whole);
  });

  it("names the files that were scored on, by their SHA-256 and bytes, and scores anew where they are others", async () => {
    const scores = evaluationSchema.parse(readJson(run.directory.scores()));
    const { files } = scores.origins["ncbi-disease"]!;
    const file = files.find(({ name }) => name === "ncbi-disease/test.tsv")!;
    const bytes = readFileSync(join(projectRoot(), "data", "benchmarks", file.name));
    expect(file).toEqual({ name: file.name, sha256: sha256(bytes), bytes: bytes.length });
    const evaluatedWith = async (sha: string): Promise<string> => {
      file.sha256 = sha;
      writeJson(run.directory.scores(), scores);
      await run.execute({ until: "evaluate" });
      const again = evaluationSchema.parse(readJson(run.directory.scores())).origins["ncbi-disease"]!.files;
      return again.find(({ name }) => name === file.name)!.sha256;
    };
    expect(await evaluatedWith("0".repeat(64))).toBe(sha256(bytes));
  });

  it("keeps the proof that its prompts are those of the training", () => {
    expect(existsSync(join(run.directory.evaluation(), "parity.json"))).toBe(true);
  });
});

describe("what cannot be evaluated is refused by name", () => {
  it.each<[string, Partial<OpenEvaluationOptions>, RegExp]>([
    [
      "a system that was not tuned",
      { systems: ["round-2"] },
      /system "round-2"; allowed: trivial, base, base-retrieval, seeds-only/,
    ],
    ["an unknown task", { tasks: ["nbci"] }, /unknown task "nbci"; allowed: .*ncbi-disease/],
    ["an unknown layout", { template: "sections-9" }, /evaluation\.template/],
    ["no items", { items: 0 }, /budget\.items/],
    ["a folder that is no run", { origin: tmpdir() }, /holds no run/],
    [
      "another server under the name of a system",
      { settings: { "evaluation.endpoints": [{ name: "base", baseURL: "http://127.0.0.1:1/v1", model: "m" }] } },
      /system "base" twice in one table/,
    ],
  ])("%s", async (_name, options, line) => {
    await expect(open({ directory: join(scratch, "refused"), ...options })).rejects.toThrow(line);
  });

  it("the run's own folder as the place", async () => {
    await expect(open({ directory: origin })).rejects.toThrow(/another folder than the run's own/);
  });

  it("a run without the adapter", async () => {
    const bare = writeTunedRun(join(scratch, "bare"), server.baseURL);
    rmSync(join(bare, "lora"), { recursive: true });
    await expect(open({ origin: bare, directory: join(scratch, "refused") })).rejects.toThrow(/no adapter of seeds-only/);
  });
});

it("a domain stands for its tasks, `all` for every one, each once", () => {
  expect(chooseTasks(["pubmedqa", "finance", "phrasebank"])).toEqual([
    "pubmedqa",
    ...["phrasebank", "fiqa-sa", "headlines", "fin-ner", "finqa", "tatqa"],
  ]);
  expect(chooseTasks(["all"]).length).toBeGreaterThanOrEqual(16);
});

it("compares tuned systems with what they should beat, retrieval with the base, other servers with the self-specialised", () => {
  const endpoint = {
    baseURL: "http://127.0.0.1:1/v1",
    model: "m",
    apiKeyVariable: "KEY",
    api: "chat",
    timeoutSeconds: 1,
  } as const;
  const limits = { requestsPerMinute: null, tokensPerMinute: null };
  const pairs = comparisonsOf({
    systems: ["seeds-only", "self-specialised", "checked"],
    evaluation: {
      likelihood: true,
      template: "sections-1",
      baselines: ["base-retrieval"],
      endpoints: [{ ...endpoint, name: "other", concurrency: 1, limits, contextTokens: 2048 }],
    },
  });
  expect(pairs.map((pair) => pair.join(" − "))).toEqual([
    "base-retrieval − base",
    "seeds-only − base",
    "seeds-only − trivial",
    "self-specialised − base",
    "self-specialised − seeds-only",
    "self-specialised − trivial",
    "checked − base",
    "checked − seeds-only",
    "checked − self-specialised",
    "checked − trivial",
    "other − self-specialised",
  ]);
});
