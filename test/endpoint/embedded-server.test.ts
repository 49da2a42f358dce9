import { mkdtempSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Endpoint, openEndpoint, serveForever } from "../../kernel-lib/src/endpoint/index.js";
import { startServer } from "../../kernel-lib/src/endpoint/server/start-server.js";
import { findModel, ggufValue, writeGguf } from "../../kernel-lib/src/models/index.js";
import { deriveRandom, InputError } from "../../kernel-lib/src/runtime/index.js";

const model = findModel("smollm2-135m-instruct");
const token = "loopback-test-token";
const keyVariable = "SELFSPEC_EMBEDDED_TEST_KEY";

describe.skipIf(!model)(
  `the embedded server on the real model${model ? "" : " (skipped: smollm2-135m-instruct is not in the cache)"}`,
  () => {
    let server: Awaited<ReturnType<typeof startServer>>;
    let endpoint: Endpoint;
    let client: OpenAI;

    beforeAll(async () => {
      process.env[keyVariable] = token;
      const settings = { modelPath: model!.path, modelName: "small", contextTokens: 512, sequences: 4, threads: 1 };
      server = await startServer(settings, { host: "127.0.0.1", port: 0, token });
      endpoint = await openEndpoint({ baseURL: server.baseURL, model: "small", apiKeyVariable: keyVariable });
      client = new OpenAI({ baseURL: server.baseURL, apiKey: token, maxRetries: 0 });
    }, 120_000);

    afterAll(() => {
      delete process.env[keyVariable];
      server.server.closeAllConnections();
      server.server.close();
    });

    const capital = { prompt: "The capital of Spain is", maxTokens: 4, temperature: 0 };
    const header = "Instructions for a nurse who measures blood pressure in a busy ward.\n".repeat(6);
    const sampled = Array.from({ length: 10 }, (_, row) => ({
      prompt: `${row % 2 === 0 ? header : ""}Write line ${row}: `,
      maxTokens: 8 + row,
      temperature: 0.9,
      topP: 0.95,
      seed: 100 + row,
    }));

    test("greedy completion knows the capital of Spain", async () => {
      const { text, finishReason, usage } = await endpoint.complete(capital);
      expect(text).toMatch(/^ Madrid/);
      expect(finishReason).toBe("length");
      expect(usage.completionTokens).toBe(4);
    });

    test("the same requests give the same texts to the bit, together or one by one in another order", async () => {
      const together = await Promise.all(sampled.map((request) => endpoint.complete({ ...request, logprobs: 2 })));
      for (const [row, request] of [...sampled.entries()].reverse()) {
        const alone = await endpoint.complete({ ...request, logprobs: 2 });
        expect(alone.text).toBe(together[row]!.text);
        expect(alone.logprobs).toEqual(together[row]!.logprobs);
      }
    }, 120_000);

    test("another seed gives another text", async () => {
      const texts = await Promise.all([1, 2, 3].map((seed) => endpoint.complete({ ...sampled[0]!, maxTokens: 20, seed })));
      expect(new Set(texts.map(({ text }) => text)).size).toBeGreaterThan(1);
    });

    test("echo scores a text as its parts were scored when they were generated", async () => {
      const { text, logprobs } = await endpoint.complete({ ...capital, maxTokens: 6, logprobs: 1 });
      const echoed = await endpoint.complete({
        prompt: capital.prompt + text,
        maxTokens: 0,
        temperature: 0,
        logprobs: 1,
        echo: true,
      });
      expect(echoed.text).toBe(capital.prompt + text);
      expect(echoed.logprobs!.tokens.join("")).toBe(capital.prompt + text);
      expect(echoed.logprobs!.tokenLogprobs[0]).toBeNull();
      const sum = (values: readonly (number | null)[]): number =>
        values.reduce<number>((total, value) => total + (value ?? 0), 0);
      expect(sum(echoed.logprobs!.tokenLogprobs.slice(-6))).toBeCloseTo(sum(logprobs!.tokenLogprobs), 0);
    });

    test("the likeliest alternatives are log-probabilities in falling order, the greedy token first", async () => {
      const { logprobs } = await endpoint.complete({ ...capital, logprobs: 5 });
      for (const [position, alternatives] of logprobs!.topLogprobs.entries()) {
        const values = Object.values(alternatives);
        expect(values).toHaveLength(5);
        expect(values).toEqual([...values].sort((a, b) => b - a));
        expect(values.reduce((mass, value) => mass + Math.exp(value), 0)).toBeLessThanOrEqual(1 + 1e-6);
        expect(alternatives[logprobs!.tokens[position]!]).toBe(Math.max(...values));
      }
    });

    test("log-probabilities are those of temperature 1, whatever is sampled with", async () => {
      const hot = await endpoint.complete({ ...capital, maxTokens: 1, temperature: 1.7, topP: 0.5, seed: 3, logprobs: 3 });
      const greedy = await endpoint.complete({ ...capital, maxTokens: 1, logprobs: 3 });
      const name = hot.logprobs!.tokens[0]!;
      const expected = greedy.logprobs!.topLogprobs[0]!;
      for (const [token, value] of Object.entries(expected)) expect(hot.logprobs!.topLogprobs[0]![token]).toBe(value);
      expect(hot.logprobs!.tokenLogprobs[0]).toBe(hot.logprobs!.topLogprobs[0]![name]);
    });

    test("the text ends before a stop string", async () => {
      const free = await endpoint.complete({ ...capital, maxTokens: 16 });
      const word = free.text.slice(4, 9);
      const stopped = await endpoint.complete({ ...capital, maxTokens: 16, stop: [word] });
      expect(stopped.text).toBe(free.text.slice(0, free.text.indexOf(word)));
      expect(stopped.finishReason).toBe("stop");
    });

    test("a prompt that begins like an earlier one pays for what is new only", async () => {
      const { counters } = server.served.engine;
      const shared = `A note about the heart, the lungs and the liver. ${header}`;
      await endpoint.complete({ prompt: `${shared}one`, maxTokens: 1, temperature: 0 });
      const before = { ...counters };
      await Promise.all(
        ["two", "three", "four", "five"].map((end) => endpoint.complete({ prompt: shared + end, maxTokens: 8, temperature: 0 })),
      );
      const evaluated = counters.promptTokens - before.promptTokens - (counters.cachedTokens - before.cachedTokens);
      expect(counters.promptTokens - before.promptTokens).toBeGreaterThan(300);
      expect(evaluated).toBeLessThanOrEqual(4 * 4);
    });

    test("what prompts that come together begin with is evaluated once, while the first of them is still answered", async () => {
      const { counters } = server.served.engine;
      const shared = `A note about the kidneys, the skin and the bones. ${header}`;
      const before = { ...counters };
      await Promise.all(
        ["one", "two", "three", "four"].map((end) =>
          client.completions.create({ model: "small", prompt: shared + end, max_tokens: 8, temperature: 0 }),
        ),
      );
      const asked = counters.promptTokens - before.promptTokens;
      const evaluated = asked - (counters.cachedTokens - before.cachedTokens);
      expect(evaluated).toBeLessThanOrEqual(asked / 4 + 4 * 4);
    });

    test("a streamed completion and a streamed chat are the whole text in pieces", async () => {
      const whole = await endpoint.complete({ ...capital, maxTokens: 12 });
      const pieces: string[] = [];
      const stream = await client.completions.create({
        model: "small",
        prompt: capital.prompt,
        max_tokens: 12,
        temperature: 0,
        stream: true,
      });
      for await (const chunk of stream) pieces.push(chunk.choices[0]?.text ?? "");
      expect(pieces.join("")).toBe(whole.text);
      expect(pieces.filter((piece) => piece !== "").length).toBeGreaterThan(3);

      const chat = {
        model: "small",
        messages: [{ role: "user" as const, content: "Say hello." }],
        max_tokens: 12,
        temperature: 0,
      };
      const answer = await client.chat.completions.create(chat);
      const said: string[] = [];
      for await (const chunk of await client.chat.completions.create({ ...chat, stream: true }))
        said.push(chunk.choices[0]?.delta.content ?? "");
      expect(said.join("")).toBe(answer.choices[0]!.message.content);
      expect(answer.choices[0]!.message.content).not.toBe("");
    });

    test("several prompts and several choices come back in order", async () => {
      const reply = await client.completions.create({
        model: "small",
        prompt: ["One, two,", "Red, green,"],
        n: 2,
        max_tokens: 3,
        temperature: 1,
        seed: 5,
      });
      expect(reply.choices.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
      const second = await client.completions.create({
        model: "small",
        prompt: "Red, green,",
        max_tokens: 3,
        temperature: 1,
        seed: 6,
      });
      expect(reply.choices[3]!.text).toBe(second.choices[0]!.text);
    });

    test("an adapter is a model of its own, and the base stays what it was", async () => {
      const path = join(mkdtempSync(join(tmpdir(), "selfspec-adapter-")), "adapter.gguf");
      const random = deriveRandom("endpoint test adapter");
      const matrix = (name: string, rows: number, columns: number) => ({
        name,
        type: "F32" as const,
        shape: [rows, columns],
        values: Float32Array.from({ length: rows * columns }, () => random.normal() * 0.5),
      });
      writeGguf({
        path,
        metadata: new Map([
          ["general.type", ggufValue.string("adapter")],
          ["general.architecture", ggufValue.string("llama")],
          ["adapter.type", ggufValue.string("lora")],
          ["adapter.lora.alpha", ggufValue.f32(16)],
        ]),
        tensors: [matrix("blk.3.ffn_down.weight.lora_a", 8, 1536), matrix("blk.3.ffn_down.weight.lora_b", 576, 8)],
      });
      const before = await endpoint.complete({ ...capital, maxTokens: 8, logprobs: 1 });
      const name = await endpoint.loadAdapter({ name: "tuned", path });
      expect(name).toMatch(/^small:tuned-[0-9a-f]{8}$/);
      expect(await endpoint.loadAdapter({ name: "tuned", path })).toBe(name);
      const [base, tuned] = await Promise.all([
        endpoint.complete({ ...capital, maxTokens: 8, logprobs: 1 }),
        endpoint.complete({ ...capital, maxTokens: 8, logprobs: 1, model: name }),
      ]);
      expect(base.logprobs).toEqual(before.logprobs);
      expect(tuned.logprobs).not.toEqual(before.logprobs);
      expect((await client.models.list()).data.map(({ id }) => id)).toEqual(["small", name]);
      await client.post("/unload_lora_adapter", { body: { lora_name: name } });
      await expect(endpoint.complete({ ...capital, model: name })).rejects.toThrow(/no model small:tuned-\w+; allowed: small/);
    }, 40_000);

    test("a file that is no adapter is bad input", async () => {
      await expect(endpoint.loadAdapter({ name: "wrong", path: model!.path })).rejects.toThrow(InputError);
      await expect(endpoint.loadAdapter({ name: "missing", path: "/nowhere/adapter.gguf" })).rejects.toThrow(InputError);
    });

    test("a request without the token, for an unknown model, or too long is refused in OpenAI's words", async () => {
      const stranger = new OpenAI({ baseURL: server.baseURL, apiKey: "wrong", maxRetries: 0 });
      await expect(stranger.models.list()).rejects.toMatchObject({ status: 401, code: "invalid_api_key" });
      const body = { model: "small", prompt: "Hello", max_tokens: 2 };
      await expect(client.completions.create({ ...body, model: "large" })).rejects.toMatchObject({
        status: 404,
        code: "model_not_found",
      });
      await expect(client.completions.create({ ...body, max_tokens: 600 })).rejects.toMatchObject({
        status: 400,
        code: "context_length_exceeded",
      });
      await expect(client.completions.create({ ...body, presence_penalty: 1 })).rejects.toMatchObject({
        status: 400,
        param: "presence_penalty",
      });
      const reply = await fetch(new URL("/v1/completions", server.baseURL), {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
        body: "{",
      });
      expect(reply.status).toBe(400);
      expect(await reply.json()).toMatchObject({ error: { type: "invalid_request_error" } });
    });

    test("the tokenizer's addresses agree with the prompt that a completion counts", async () => {
      const ask = async (path: string, body: object): Promise<unknown> => {
        const headers = { authorization: `Bearer ${token}` };
        const reply = await fetch(new URL(path, server.baseURL), { method: "POST", headers, body: JSON.stringify(body) });
        return reply.json();
      };
      const { tokens, count } = (await ask("/tokenize", { prompt: capital.prompt })) as { tokens: number[]; count: number };
      const { usage } = await endpoint.complete(capital);
      expect(count).toBe(usage.promptTokens);
      expect(await ask("/detokenize", { tokens })).toEqual({ prompt: capital.prompt });
      const byTokens = await client.completions.create({ model: "small", prompt: tokens, max_tokens: 4, temperature: 0 });
      expect(byTokens.choices[0]!.text).toBe((await endpoint.complete(capital)).text);
    });

    test("a client that leaves frees its slot", async () => {
      const abort = new AbortController();
      const long = endpoint.complete({
        prompt: "Once upon a time",
        maxTokens: 400,
        temperature: 1,
        seed: 1,
        signal: abort.signal,
      });
      setTimeout(() => abort.abort(), 200);
      await expect(long).rejects.toThrow(/stopped/);
      await Promise.all(sampled.slice(0, 4).map((request) => endpoint.complete({ ...request, maxTokens: 2 })));
    });
  },
);

test.skipIf(!model)("`serve` answers from a process of its own until its signal, with a token of its making", async () => {
  const abort = new AbortController();
  let told: Parameters<Parameters<typeof serveForever>[0]["onReady"]>[0] | undefined;
  let list: () => Promise<Response> = () => Promise.reject();
  let status = 0;
  await serveForever({
    ...{ modelPath: model!.path, modelName: "small", contextTokens: 64, sequences: 1, threads: 1 },
    signal: abort.signal,
    onReady: async (ready) => {
      told = ready;
      list = () => fetch(`${ready.baseURL}/models`, { headers: { authorization: `Bearer ${ready.madeToken}` } });
      status = (await list()).status;
      abort.abort();
    },
  });
  expect(told).toMatchObject({ models: ["small"], description: expect.stringContaining("1 sequences") });
  expect(status).toBe(200);
  await expect(list()).rejects.toThrow();
});

test("a port in use is bad input, told before the model is loaded", async () => {
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(0, "127.0.0.1", resolve));
  const { port } = squatter.address() as AddressInfo;
  const serving = serveForever({ modelPath: "/nowhere/model.gguf", modelName: "small", port, onReady: () => {} });
  await expect(serving).rejects.toThrow(`port ${port} of 127.0.0.1 is in use`);
  squatter.close();
});

test("a file that is no model is bad input", async () => {
  const serving = serveForever({ modelPath: new URL(import.meta.url).pathname, modelName: "small", onReady: () => {} });
  await expect(serving).rejects.toThrow(InputError);
});
