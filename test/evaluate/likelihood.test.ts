import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CompletionLogprobs, type Endpoint, FailedRequest, openEndpoint } from "../../kernel-lib/src/endpoint/index.js";
import { readLabelScore } from "../../kernel-lib/src/evaluate/asking/score-label.js";
import { type AskingOptions, evaluateLikelihood, evaluateSystem, whyNoLikelihood } from "../../kernel-lib/src/evaluate/index.js";
import { InputError, RunError } from "../../kernel-lib/src/runtime/index.js";
import { colours, fakeEndpoint, makeItems } from "./fixtures.js";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "likelihood-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const scored = (...tokens: [string, number | null][]): CompletionLogprobs => ({
  tokens: tokens.map(([token]) => token),
  tokenLogprobs: tokens.map(([, logprob]) => logprob),
  topLogprobs: tokens.map(() => ({})),
});
/** A token a word with the line break or space after it, each as unlikely as it is long. */
const byWords = (prompt: string): CompletionLogprobs =>
  scored(
    ...(prompt.match(/\S+\s*|\s+/g) ?? []).map((word, index): [string, number | null] => [word, index ? -word.length : null]),
  );
const scorer = (score = byWords) =>
  fakeEndpoint(
    () => "",
    () => 0,
    score,
  );
const items = makeItems(4);
const run = (endpoint: Endpoint, options: Partial<AskingOptions> = {}) => {
  const asked = { task: colours, items, demonstrations: makeItems(6, "shot"), ks: [0, 1], runSeed: 7 };
  return evaluateLikelihood({
    ...{ ...asked, endpoint, system: "base", contextTokens: 4096, maxTokens: 8, directory },
    ...options,
  });
};

describe("a label's score", () => {
  test("is the sum over its own tokens, found from the end, whatever stands in front", () => {
    const logprobs = scored(["<s>", null], ["Answer:", -9], ["\n", -8], ["gre", -1], ["en", -0.5]);
    expect(readLabelScore("green", logprobs)).toEqual({ label: "green", logprob: -1.5, tokens: 2, merged: false });
  });

  test("takes a token that overlaps the boundary as a whole, and says so", () => {
    const logprobs = scored(["Answer:", null], ["\ngre", -3], ["en", -0.5]);
    expect(readLabelScore("green", logprobs)).toEqual({ label: "green", logprob: -3.5, tokens: 2, merged: true });
  });

  test("is none where the tokens are of another text, too few, or without a log-probability", () => {
    expect(readLabelScore("green", scored(["\n", -1], ["blue", -1]))).toBeUndefined();
    expect(readLabelScore("green", scored(["en", -1]))).toBeUndefined();
    expect(readLabelScore("green", scored(["\n", -1], ["green", null]))).toBeUndefined();
  });
});

describe("likelihoods of a task's labels", () => {
  test("are asked after the very prompts of generation, the labels of a question one after the other, nothing generated", async () => {
    const endpoint = scorer();
    const { likelihoods, path } = await run(endpoint, { concurrency: 1 });
    const { predictions } = await evaluateSystem({
      ...{ endpoint: fakeEndpoint(() => "red"), system: "base", task: colours, items, ks: [0, 1], runSeed: 7 },
      ...{ demonstrations: makeItems(6, "shot"), contextTokens: 4096, maxTokens: 8, directory },
    });
    expect(likelihoods.map(({ promptHash }) => promptHash)).toEqual(predictions.map(({ promptHash }) => promptHash));
    expect(endpoint.requests).toHaveLength(4 * 2 * 3);
    for (const request of endpoint.requests) {
      expect(request).toMatchObject({ maxTokens: 0, echo: true, temperature: 0 });
      expect(request.prompt.slice(request.echoFrom)).toMatch(/^(red|green|blue)$/);
    }
    expect(endpoint.requests.slice(0, 3).map(({ prompt }) => prompt.split("\n").at(-1))).toEqual(["red", "green", "blue"]);
    expect(likelihoods[0]).toMatchObject({ itemId: "item-0", k: 0, system: "base", template: "sections-1", demoIds: [] });
    expect(likelihoods[0]!.labels).toEqual([
      { label: "red", logprob: -3, tokens: 1 },
      { label: "green", logprob: -5, tokens: 1 },
      { label: "blue", logprob: -4, tokens: 1 },
    ]);
    expect(path).toBe(join(directory, "base", "colours.likelihood.jsonl"));
    expect(readFileSync(path, "utf8").trim().split("\n")).toHaveLength(8);
  });

  test("continue where they were, and a failed question is a row with its error", async () => {
    const broken = scorer();
    const complete = broken.complete.bind(broken);
    const first = await run({
      ...broken,
      async complete(request) {
        if (request.prompt.includes("item number 2") && request.prompt.endsWith("green"))
          throw new FailedRequest({ got: "http://fake failed at one request" }, { failureClass: "retryable" });
        return complete(request);
      },
    });
    expect(first.errors).toBe(2);
    expect(first.likelihoods[2]).toMatchObject({ itemId: "item-2", labels: [], error: "http://fake failed at one request" });
    const mended = scorer();
    expect((await run(mended)).errors).toBe(0);
    expect(mended.requests).toHaveLength(2 * 3);
    const before = readFileSync(first.path, "utf8");
    const again = scorer();
    await run(again);
    expect(again.requests).toEqual([]);
    expect(readFileSync(first.path, "utf8")).toBe(before);
  });

  test("are refused by name where there can be none: other tasks, chat servers, servers that report nothing", async () => {
    const chat = await openEndpoint({ baseURL: "http://127.0.0.1:9/v1", model: "m", api: "chat" });
    await expect(run(chat)).rejects.toThrow(/a chat server does not score its prompt/);
    await chat.close();
    await expect(run(scorer(), { task: { ...colours, answerFormat: "text" } })).rejects.toThrow(InputError);
    await expect(run(fakeEndpoint(() => ""))).rejects.toThrow(RunError);
    await expect(run(fakeEndpoint(() => ""))).rejects.toThrow(/reports no log-probabilities for "red"/);
    expect(whyNoLikelihood({ task: colours, api: "completions", server: "gpt" })).toBeUndefined();
    expect(whyNoLikelihood({ task: colours, api: "chat", server: "gpt" })).toMatch(/Colours: the chat API of gpt does not score/);
    const text = { ...colours, answerFormat: "text" } as const;
    expect(whyNoLikelihood({ task: text, api: "completions", server: "gpt" })).toMatch(/no closed set of labels/);
  });
});
