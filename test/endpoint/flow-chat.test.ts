import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { openEndpoint } from "../../kernel-lib/src/endpoint/index.js";

let asked: { url: string | undefined; body: Record<string, unknown> }[] = [];
let answer: (body: Record<string, unknown>) => { status: number; body: unknown };
let baseURL: string;

const server = createServer(async (request, response) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  const body = JSON.parse(text) as Record<string, unknown>;
  asked.push({ url: request.url, body });
  const reply = answer(body);
  response.writeHead(reply.status, { "content-type": "application/json" }).end(JSON.stringify(reply.body));
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = [];
  answer = () => ({
    status: 200,
    body: {
      choices: [
        {
          message: { role: "assistant", content: "yes" },
          finish_reason: "length",
          logprobs: {
            content: [
              {
                token: "yes",
                logprob: -0.1,
                top_logprobs: [
                  { token: "yes", logprob: -0.1 },
                  { token: "no", logprob: -2.4 },
                ],
              },
            ],
          },
        },
      ],
      usage: { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 },
    },
  });
});

const chat = () => openEndpoint({ baseURL, model: "small", api: "chat" });
const question = { prompt: "is it?", maxTokens: 4, temperature: 0.5, topP: 0.9, seed: 7, stop: ["\n"], logprobs: 2 };

it("a prompt goes to a chat server as one user message, with the same sampling, and its reply is read as a completion", async () => {
  const reply = await (await chat()).complete(question);
  expect(asked).toEqual([
    {
      url: "/v1/chat/completions",
      body: {
        model: "small",
        messages: [{ role: "user", content: "is it?" }],
        max_tokens: 4,
        temperature: 0.5,
        top_p: 0.9,
        seed: 7,
        stop: ["\n"],
        logprobs: true,
        top_logprobs: 2,
      },
    },
  ]);
  expect(reply).toMatchObject({
    text: "yes",
    finishReason: "length",
    usage: { promptTokens: 9, completionTokens: 1 },
    logprobs: { tokens: ["yes"], tokenLogprobs: [-0.1], topLogprobs: [{ yes: -0.1, no: -2.4 }] },
  });
});

it("a model that knows only max_completion_tokens is asked with it from then on", async () => {
  const usual = answer;
  answer = (body) =>
    "max_tokens" in body
      ? { status: 400, body: { error: { message: "scripted: max_completion_tokens instead", code: "unsupported_parameter" } } }
      : usual(body);
  const endpoint = await chat();
  await endpoint.complete(question);
  await endpoint.complete(question);
  expect(asked.map(({ body }) => [body.max_tokens, body.max_completion_tokens])).toEqual([
    [4, undefined],
    [undefined, 4],
    [undefined, 4],
  ]);
});

it("echo is refused in one line before anything is sent", async () => {
  await expect((await chat()).complete({ ...question, echo: true })).rejects.toThrow(/`echo`; allowed: .*completions API/);
  expect(asked).toEqual([]);
});

it("a chat server and a completions server at one address have different fingerprints", async () => {
  const completions = await openEndpoint({ baseURL, model: "small" });
  expect(await (await chat()).fingerprint()).not.toBe(await completions.fingerprint());
});
