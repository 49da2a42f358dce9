import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FailedRequest } from "../../kernel-lib/src/endpoint/index.js";
import { type EvaluateSystemOptions, evaluateSystem, trivialPredictions } from "../../kernel-lib/src/evaluate/index.js";
import { extractionVersion } from "../../kernel-lib/src/evaluate/metrics/extract-answer.js";
import { type ProgressEvent, RunError, StoppedError } from "../../kernel-lib/src/runtime/index.js";
import { colours, type FakeEndpoint, fakeEndpoint, makeItems } from "./fixtures.js";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "evaluate-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const items = makeItems(12);
const numberIn = (prompt: string): number => Number(/item number (\d+)/.exec(prompt)![1]);
const answerOf = (prompt: string): string => ` ${["red", "green", "violet"][numberIn(prompt) % 3]}\n`;
const run = (endpoint: FakeEndpoint, options: Partial<EvaluateSystemOptions> = {}) =>
  evaluateSystem({
    endpoint,
    system: "base",
    task: colours,
    items,
    demonstrations: makeItems(6, "shot"),
    ks: [0, 1],
    runSeed: 7,
    contextTokens: 4096,
    maxTokens: 8,
    directory,
    ...options,
  });
const fileOf = (system = "base") => join(directory, system, "colours.jsonl");

describe("evaluating a system", () => {
  test("asks greedily, with the stops of the prompt's layout, and keeps the text untouched", async () => {
    const endpoint = fakeEndpoint(answerOf);
    const { predictions } = await run(endpoint);
    expect(endpoint.requests).toHaveLength(24);
    for (const request of endpoint.requests) expect(request).toMatchObject({ temperature: 0, maxTokens: 8, model: "base" });
    expect(endpoint.requests[0]!.stop).toContain("\n###");
    expect(predictions[0]).toMatchObject({ itemId: "item-0", k: 0, draw: 0, raw: " red\n", strict: "red", lenient: "red" });
    expect(predictions[2]).toMatchObject({ raw: " violet\n", strict: null, lenient: null });
  });

  test("ends with the same file at any concurrency and any order of answers", async () => {
    await run(fakeEndpoint(answerOf), { concurrency: 1 });
    const alone = readFileSync(fileOf(), "utf8");
    rmSync(fileOf());
    await run(
      fakeEndpoint(answerOf, (prompt) => 12 - numberIn(prompt)),
      { concurrency: 8 },
    );
    expect(readFileSync(fileOf(), "utf8")).toBe(alone);
  });

  test("asks base and tuned model with the same bytes", async () => {
    const endpoint = fakeEndpoint(answerOf);
    const base = await run(endpoint);
    const tuned = await run(endpoint, { system: "self-specialised", model: "base:tuned" });
    expect(tuned.predictions.map(({ promptHash }) => promptHash)).toEqual(base.predictions.map(({ promptHash }) => promptHash));
    expect(new Set(base.predictions.map(({ promptHash }) => promptHash)).size).toBe(24);
    expect(endpoint.requests.slice(24).map(({ prompt }) => prompt)).toEqual(
      endpoint.requests.slice(0, 24).map(({ prompt }) => prompt),
    );
    expect(endpoint.requests[24]!.model).toBe("base:tuned");
  });

  test("continues after a kill in mid-line, asking only what is missing", async () => {
    const whole = await run(fakeEndpoint(answerOf));
    const lines = readFileSync(fileOf(), "utf8").split("\n");
    writeFileSync(fileOf(), `${lines.slice(0, 9).join("\n")}\n${lines[9]!.slice(0, 40)}`);
    const second = fakeEndpoint(answerOf);
    const events: ProgressEvent[] = [];
    const { predictions } = await run(second, { onProgress: (event) => events.push(event) });
    expect(second.requests).toHaveLength(15);
    expect(predictions).toEqual(whole.predictions);
    expect(events.find(({ state }) => state === "running")).toMatchObject({ done: 9, total: 24 });
  });

  test("run again is a no-op", async () => {
    await run(fakeEndpoint(answerOf));
    const before = readFileSync(fileOf(), "utf8");
    const again = fakeEndpoint(answerOf);
    await run(again);
    expect(again.requests).toEqual([]);
    expect(readFileSync(fileOf(), "utf8")).toBe(before);
  });

  test("takes no answer over to another prompt or another model", async () => {
    await run(fakeEndpoint(answerOf));
    const otherShots = fakeEndpoint(answerOf);
    await run(otherShots, { runSeed: 8 });
    expect(otherShots.requests).toHaveLength(12);
    const otherModel = fakeEndpoint(answerOf);
    const { predictions } = await run(otherModel, { model: "base:tuned", runSeed: 8 });
    expect(otherModel.requests).toHaveLength(24);
    expect(readFileSync(fileOf(), "utf8").trim().split("\n")).toHaveLength(predictions.length);
  });

  test("an item whose request fails is a row with its error, counted and told, and asked again the next time", async () => {
    const events: ProgressEvent[] = [];
    const moody = fakeEndpoint((prompt) => {
      if (numberIn(prompt) !== 5) return answerOf(prompt);
      throw new FailedRequest({ got: "http://fake failed at one request" }, { failureClass: "retryable" });
    });
    const { predictions, errors } = await run(moody, { onProgress: (event) => events.push(event) });
    expect(errors).toBe(2);
    expect(events.at(-1)!.message).toBe("2 without an answer, asked again the next time");
    expect(predictions[5]).toMatchObject({ itemId: "item-5", raw: "", strict: null, lenient: null });
    expect(predictions[5]!.error).toBe("http://fake failed at one request");
    expect(predictions.filter(({ error }) => error === undefined)).toHaveLength(22);
    const mended = fakeEndpoint(answerOf);
    const again = await run(mended);
    expect(mended.requests).toHaveLength(2);
    expect(again.errors).toBe(0);
    expect(again.predictions[5]).toMatchObject({ itemId: "item-5", lenient: null, raw: " violet\n" });
    expect(readFileSync(fileOf(), "utf8")).not.toContain("error");
  });

  test("a question that is too long for the context is not asked: a row that says so", async () => {
    const endpoint = fakeEndpoint(answerOf);
    const { predictions, errors } = await run(endpoint, { ks: [0], contextTokens: 20 });
    expect(endpoint.requests).toEqual([]);
    expect(errors).toBe(12);
    expect(predictions[0]!.error).toMatch(/the context holds 20/);
  });

  test("P6: changing prompt, template, shots, extraction or seed changes what is stored with each answer", async () => {
    const howAsked = async (options: Partial<EvaluateSystemOptions>) => {
      const { predictions } = await run(fakeEndpoint(answerOf), options);
      const { taskVersion, promptHash, template, k, demoIds, passageIds, extraction, runSeed } = predictions.at(-1)!;
      return { taskVersion, promptHash, template, k, demoIds, passageIds, extraction, runSeed };
    };
    const before = await howAsked({});
    expect(before).toMatchObject({ taskVersion: 1, template: "sections-1", k: 1, passageIds: [], runSeed: 7 });
    expect(before.extraction).toBe(extractionVersion);
    expect(before.demoIds).toHaveLength(1);
    const changed = async (options: Partial<EvaluateSystemOptions>) => {
      const after = await howAsked(options);
      return Object.keys(before).filter((name) => JSON.stringify(Object(after)[name]) !== JSON.stringify(Object(before)[name]));
    };
    expect(await changed({})).toEqual([]);
    const reworded = { ...colours, instruction: "Which colour?", version: 2 };
    expect(await changed({ task: reworded })).toEqual(["taskVersion", "promptHash"]);
    expect(await changed({ template: "plain-1" })).toEqual(["promptHash", "template"]);
    expect(await changed({ ks: [5] })).toEqual(["promptHash", "k", "demoIds"]);
    expect(await changed({ runSeed: 8 })).toEqual(["promptHash", "demoIds", "runSeed"]);
    const retrieve = async () => ({ passages: [{ id: "p", text: "All is red." }] });
    expect(await changed({ retrieve })).toEqual(["promptHash", "passageIds"]);
  });

  test("P6: answers read by other rules are read anew from their texts, without asking", async () => {
    const { predictions } = await run(fakeEndpoint(answerOf));
    const old = predictions.map((row) => ({ ...row, extraction: 0, strict: "blue", lenient: "blue" }));
    writeFileSync(fileOf(), old.map((row) => `${JSON.stringify(row)}\n`).join(""));
    const endpoint = fakeEndpoint(answerOf);
    expect((await run(endpoint)).predictions).toEqual(predictions);
    expect(endpoint.requests).toEqual([]);
    expect(readFileSync(fileOf(), "utf8")).not.toContain("blue");
  });

  test("another template is asked with its own bytes and stops", async () => {
    const endpoint = fakeEndpoint(answerOf);
    await run(endpoint, { template: "plain-1", ks: [0] });
    expect(endpoint.requests[0]!.prompt).toBe("Instruction: Name the colour.\nInput: item number 0\nAnswer:\n");
    expect(endpoint.requests[0]!.stop).toEqual(["\nInstruction:", "\n\n\n"]);
  });

  test("an endpoint that is lost for good ends the run; finished answers stay", async () => {
    const broken = fakeEndpoint((prompt) => {
      if (numberIn(prompt) === 5) throw new RunError({ got: "the endpoint refused" });
      return answerOf(prompt);
    });
    await expect(run(broken, { concurrency: 2 })).rejects.toThrow("the endpoint refused");
    const kept = readFileSync(fileOf(), "utf8").trim().split("\n").length;
    expect(kept).toBeGreaterThanOrEqual(5);
    expect(kept).toBeLessThan(12);
    const mended = fakeEndpoint(answerOf);
    expect((await run(mended)).predictions).toHaveLength(24);
    expect(mended.requests).toHaveLength(24 - kept);
  });

  test("of several requests that end together the one is told that ended the others", async () => {
    let drop = (): void => {};
    const dropped = new Promise<never>((_, reject) => {
      drop = () => reject(new StoppedError("a completion"));
    });
    const endpoint = fakeEndpoint(answerOf);
    const lost: FakeEndpoint = {
      ...endpoint,
      dropWaiting: () => drop(),
      complete: ({ prompt }) => (numberIn(prompt) === 3 ? Promise.reject(new RunError({ got: "nothing answers" })) : dropped),
    };
    await expect(run(lost, { concurrency: 4 })).rejects.toThrow("nothing answers");
  });

  test("stops on abort with the line that says how to go on", async () => {
    const controller = new AbortController();
    const endpoint = fakeEndpoint((prompt) => {
      if (numberIn(prompt) === 3) controller.abort();
      return answerOf(prompt);
    });
    await expect(run(endpoint, { concurrency: 1, signal: controller.signal })).rejects.toThrow(StoppedError);
    expect(endpoint.requests).toHaveLength(4);
    expect(readFileSync(fileOf(), "utf8").trim().split("\n")).toHaveLength(4);
  });

  test("a line that is no prediction is named", async () => {
    await run(fakeEndpoint(answerOf));
    appendFileSync(fileOf(), '{"taskId": 1}\n');
    await expect(run(fakeEndpoint(answerOf))).rejects.toThrow(/colours\.jsonl:25 /);
  });

  test("tells when demonstrations do not fit into the context", async () => {
    const events: ProgressEvent[] = [];
    const { truncations } = await run(fakeEndpoint(answerOf), { contextTokens: 40, onProgress: (event) => events.push(event) });
    expect(truncations).toMatchObject([{ k: 1, draw: 0, items: 12, dropped: 12 }]);
    expect(events.at(-1)!.message).toBe("k = 1: 12 of 12 prompts hold fewer than 1 demonstrations (context of 40 tokens)");
  });
});

describe("trivial answers", () => {
  test("are the most frequent set of labels where there may be several", () => {
    const task = { ...colours, answerFormat: "labels" } as const;
    const golds = ["red", "none", "red, blue", "red, blue"];
    const demonstrations = golds.map((gold, index) => ({ id: `shot-${index}`, input: "x", gold }));
    const [prediction] = trivialPredictions({ task, items: makeItems(1), demonstrations });
    expect(prediction).toMatchObject({ raw: "red, blue", lenient: "red, blue" });
  });

  test("are the demonstrations' most frequent label for label tasks", () => {
    const demonstrations = makeItems(6, "shot").filter(({ label }) => label !== "red");
    const predictions = trivialPredictions({
      task: colours,
      items,
      demonstrations: [...demonstrations, demonstrations.at(-1)!],
      ks: [0, 5],
    });
    expect(predictions).toHaveLength(24);
    expect(new Set(predictions.map(({ lenient }) => lenient))).toEqual(new Set(["blue"]));
  });

  test("are the input on one line for all others", () => {
    for (const answerFormat of ["text", "list", "typed-list", "span", "items", "number"] as const) {
      const task = { ...colours, answerFormat };
      const [prediction] = trivialPredictions({ task, items: [{ id: "a", input: "one\n\ntwo", gold: "x" }], demonstrations: [] });
      expect(prediction).toMatchObject({ system: "trivial", raw: "one two" });
    }
  });
});
