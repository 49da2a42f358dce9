// An endpoint without a model whose text follows from the request, for what stands in front of endpoints; and folders to keep calls in.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Completion, CompletionRequest, Endpoint } from "../../kernel-lib/src/endpoint/index.js";

export interface CountingEndpoint extends Endpoint {
  readonly requests: CompletionRequest[];
}

type Answer = (request: CompletionRequest, call: number) => Completion | Promise<Completion>;

export const request: CompletionRequest = { prompt: "A question:", maxTokens: 8, temperature: 0.7, seed: 1 };

export const answer = ({ prompt, seed = 0, model = "base" }: CompletionRequest): Completion => ({
  text: ` ${model} says ${prompt.length + seed}`,
  finishReason: "stop",
  usage: { promptTokens: prompt.length, completionTokens: 3 },
  latencyMs: 12.5,
});

export function countingEndpoint(write: Answer = answer, more: Partial<Endpoint> = {}): CountingEndpoint {
  const requests: CompletionRequest[] = [];
  return {
    baseURL: "http://counting/v1",
    model: "base",
    concurrency: 4,
    description: "counting",
    requests,
    async complete(asked) {
      requests.push(asked);
      return write(asked, requests.length);
    },
    fingerprint: async (model = "base") => `server · ${model}`,
    loadAdapter: async ({ name }) => `base:${name}`,
    close: async () => {},
    ...more,
  };
}

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), "selfspec-calls-"));
