// A small task written for these tests, and an endpoint that answers in the process by a rule of the test's own.

import type { CompletionLogprobs, CompletionRequest, Endpoint } from "../../kernel-lib/src/endpoint/index.js";
import type { BenchmarkTask, Prediction, TaskItem } from "../../kernel-lib/src/evaluate/index.js";

export const colours: BenchmarkTask = {
  id: "colours",
  title: "Colours",
  version: 1,
  domain: "test",
  suite: "ours",
  card: "Names of colours, for tests.",
  source: { repository: "none", commit: "none", path: "none" },
  licence: "Apache-2.0",
  files: [],
  splits: { test: "all", demonstrations: "all" },
  instruction: "Name the colour.",
  inputFormat: "a number",
  answerFormat: "label",
  labels: ["red", "green", "blue"],
  metrics: ["accuracy", "token-f1"],
  requiresEntity: false,
  load: () => [],
};

export function makeItems(count: number, prefix = "item"): TaskItem[] {
  return Array.from({ length: count }, (_, index) => {
    const label = colours.labels![index % 3]!;
    return { id: `${prefix}-${index}`, input: `${prefix} number ${index}`, gold: label, label };
  });
}

export interface FakeEndpoint extends Endpoint {
  readonly requests: CompletionRequest[];
}

/** Answers each prompt after `turns` turns of the event loop, so that answers overtake one another. */
export function fakeEndpoint(
  answer: (prompt: string) => string,
  turns: (prompt: string) => number = () => 0,
  score?: (prompt: string) => CompletionLogprobs,
): FakeEndpoint {
  const requests: CompletionRequest[] = [];
  return {
    baseURL: "http://fake",
    model: "base",
    concurrency: 4,
    description: "answers in the process",
    requests,
    async complete(request) {
      requests.push(request);
      for (let turn = turns(request.prompt); turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve));
      request.signal?.throwIfAborted();
      const text = answer(request.prompt);
      const logprobs = score?.(request.prompt);
      const usage = { promptTokens: request.prompt.length, completionTokens: 1 };
      return { text, finishReason: "stop", usage, latencyMs: 1, ...(logprobs && { logprobs }) };
    },
    loadAdapter: ({ name }) => Promise.resolve(`base:${name}`),
    fingerprint: (model = "base") => Promise.resolve(model),
    close: () => Promise.resolve(),
  };
}

/** Predictions of one system, an answer an item; null is an answer that cannot be read. */
export function predict(
  system: string,
  items: readonly TaskItem[],
  answers: readonly (string | null)[],
  k = 0,
  draw = 0,
): Prediction[] {
  return items.map(({ id }, index) => {
    const answer = answers[index] ?? null;
    const asked = { taskId: colours.id, taskVersion: 1, itemId: id, system, model: system, k, draw, promptHash: "0" };
    const fields = { ...asked, demoIds: [], passageIds: [], template: "sections-1", runSeed: 1, extraction: 1, latencyMs: 0 };
    return { ...fields, raw: answer ?? "?", strict: answer, lenient: answer, usage: { promptTokens: 0, completionTokens: 0 } };
  });
}
