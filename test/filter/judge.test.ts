import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CompletionRequest, type Endpoint, openEndpoint } from "../../kernel-lib/src/endpoint/index.js";
import { startServer } from "../../kernel-lib/src/endpoint/server/start-server.js";
import {
  type Calibration,
  calibration,
  judgedRule,
  judgementSchema,
  judgePrompt,
  judgeRows,
} from "../../kernel-lib/src/filter/index.js";
import { findModel } from "../../kernel-lib/src/models/index.js";
import { InputError, RunError } from "../../kernel-lib/src/runtime/index.js";
import { labelledRows, labels } from "./judge-rows.js";

const usage = { promptTokens: 0, completionTokens: 0, cachedTokens: 0 };
const tokensOf = (text: string): string[] => text.match(/\s*\S+/g) ?? [];

/**
 * Finds "yes" four times as likely as "no" where the answer stands in the text, and the other way round; writes an essay besides. Tells it
 * among the likeliest tokens, or only when a word is echoed.
 */
function scripted(
  sent: CompletionRequest[],
  tells: "likeliest" | "echo" | "nothing",
): Pick<Endpoint, "complete" | "concurrency"> {
  return {
    concurrency: 3,
    async complete(request) {
      sent.push(request);
      const tokens = tokensOf(request.prompt);
      const [, text, answer, word] = /Text: (.*)\nAnswer: (.*)\nIs the answer right\?( \w+)?$/.exec(request.prompt)!;
      const isThere = text!.includes(answer!);
      const likelihood = { " yes": Math.log(isThere ? 0.4 : 0.1), " no": Math.log(isThere ? 0.1 : 0.4) };
      const tokenLogprobs = tokens.map((_, at) => (at === tokens.length - 1 ? likelihood[word as keyof typeof likelihood] : -1));
      const topLogprobs = [{ "\n": -9, ...(tells === "likeliest" && likelihood) }];
      return {
        ...{ text: `${request.prompt}. The answer should read: aspirin.`, finishReason: "length", usage, latencyMs: 0 },
        ...(tells !== "nothing" && { logprobs: { tokens, tokenLogprobs, topLogprobs } }),
      };
    },
  };
}

describe("the judge", () => {
  const rows = labelledRows.slice(0, 4);

  it.each([
    ["the likeliest tokens", "likeliest", 4],
    ["an echo of each word", "echo", 12],
  ] as const)("P14: returns ids and scores and nothing else, whatever the model writes, from %s", async (_, tells, requests) => {
    const sent: CompletionRequest[] = [];
    const judgements = await judgeRows({ endpoint: scripted(sent, tells), rows });
    expect(judgements).toEqual([
      { id: "row-0", score: expect.closeTo(0.2, 12) },
      { id: "row-1", score: expect.closeTo(0.2, 12) },
      { id: "row-2", score: expect.closeTo(0.8, 12) },
      { id: "row-3", score: expect.closeTo(0.2, 12) },
    ]);
    for (const judgement of judgements) expect(judgementSchema.safeParse({ ...judgement, text: "" }).success).toBe(false);
    expect(sent).toHaveLength(requests);
  });

  it("says so where the server returns no log-probabilities", async () => {
    await expect(judgeRows({ endpoint: scripted([], "nothing"), rows })).rejects.toThrow(RunError);
  });

  it("puts every part of the row on a line of its own, and tells its prompt by a hash", () => {
    const prompt = judgePrompt.render({ instruction: "Name\nit.", input: "", output: "{input} a\n\nb" });
    expect(prompt).toMatch(/\n\nTask: Name it\.\nText: \(none\)\nAnswer: \{input\} a b\nIs the answer right\?$/);
    expect(judgePrompt.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it("drops what it scored below a threshold, and nothing that it did not score", () => {
    const rule = judgedRule([{ id: "a", score: 0.3 }], 0.5);
    expect([rule.test({ id: "a" }), rule.test({ id: "b" }), rule.withThreshold!(0.3).test({ id: "a" })]).toEqual([
      { score: 0.3, threshold: 0.5 },
      null,
      null,
    ]);
  });
});

describe("the calibration table", () => {
  const scored = (scores: Record<string, number>) => Object.entries(scores).map(([id, score]) => ({ id, score }));

  it("counts every labelled row in one bin, with the share that is good", () => {
    const { bins, rows, good } = calibration({
      scores: scored({ a: 0, b: 0.45, c: 0.5, d: 1, e: 0.9 }),
      labels: { a: false, b: false, c: true, d: true },
      bins: 2,
    });
    expect([rows, good]).toEqual([4, 2]);
    expect(bins).toEqual([
      { from: 0, to: 0.5, rows: 2, meanScore: 0.225, shareGood: 0 },
      { from: 0.5, to: 1, rows: 2, meanScore: 0.75, shareGood: 1 },
    ]);
  });

  it("gives 1 to a judge that tells them apart, 0.5 to one that says the same of all, and counts ties half", () => {
    const judged = { a: false, b: false, c: true, d: true };
    const auc = (scores: Record<string, number>): Calibration => calibration({ scores: scored(scores), labels: judged });
    expect(auc({ a: 0.1, b: 0.2, c: 0.3, d: 0.4 })).toMatchObject({ auc: 1, aucInterval: [1, 1] });
    expect(auc({ a: 0.6, b: 0.6, c: 0.6, d: 0.6 }).auc).toBe(0.5);
    expect(auc({ a: 0.1, b: 0.3, c: 0.3, d: 0.4 }).auc).toBe(0.875);
  });

  it.each([
    ["a label without a score", { a: true, x: false }],
    ["labels that are all alike", { a: true, b: true }],
  ])("refuses %s", (_, judged: Record<string, boolean>) => {
    expect(() => calibration({ scores: scored({ a: 1, b: 0 }), labels: judged })).toThrow(InputError);
  });
});

const model = findModel("smollm2-135m-instruct");
describe.skipIf(!model)("the judge on the real model (skipped where it was not pulled)", { timeout: 180_000 }, () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  let endpoint: Endpoint;
  const keyVariable = "SELFSPEC_JUDGE_TEST_KEY";

  beforeAll(async () => {
    process.env[keyVariable] = "loopback-test-token";
    const settings = { modelPath: model!.path, modelName: "small", contextTokens: 512, sequences: 2, threads: 1 };
    server = await startServer(settings, { host: "127.0.0.1", port: 0, token: process.env[keyVariable] });
    endpoint = await openEndpoint({ baseURL: server.baseURL, model: "small", apiKeyVariable: keyVariable });
  }, 120_000);

  afterAll(() => {
    delete process.env[keyVariable];
    server?.server.closeAllConnections();
    server?.server.close();
  });

  it("P14: finds the good answer to a task likelier than the bad one more often than not; told with its calibration", async () => {
    const scores = await judgeRows({ endpoint, rows: labelledRows });
    expect(scores.map(({ id }) => id)).toEqual(labelledRows.map(({ id }) => id));
    const { auc, aucInterval, bins } = calibration({ scores, labels });
    const pairs = labelledRows.flatMap(({ good }, at) => (good ? [scores[at]!.score > scores[at + 1]!.score] : []));
    const right = pairs.filter(Boolean).length;
    console.info(
      `${judgePrompt.version}: good above bad in ${right} of ${pairs.length} tasks; over all rows AUC ${auc.toFixed(2)}, 95 % ${aucInterval.map((end) => end.toFixed(2)).join(" to ")}`,
    );
    console.table(bins);
    expect(right).toBeGreaterThan(pairs.length / 2);
    expect(bins.reduce((sum, { rows }) => sum + rows, 0)).toBe(labelledRows.length);
  });
});
