import { getEventListeners, setMaxListeners } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FailedRequest, type OpenEndpointOptions, openEndpoint } from "../../kernel-lib/src/endpoint/index.js";
import { InputError, RunError, StoppedError } from "../../kernel-lib/src/runtime/index.js";
import { virtualTiming } from "./flow-simulation.js";

type Handler = (request: IncomingMessage, response: ServerResponse, call: number) => void;

const keyVariable = "SELFSPEC_TEST_KEY";
const key = "sk-very-secret-value";
const open: { close(): void }[] = [];

beforeEach(() => {
  process.env[keyVariable] = key;
});

afterEach(() => {
  delete process.env[keyVariable];
  for (const server of open.splice(0)) server.close();
});

/** A server on loopback that answers as the test says. */
async function scripted(handler: Handler): Promise<string> {
  let call = 0;
  const server = createServer((request, response) => handler(request, response, call++));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

const json = (response: ServerResponse, status: number, body: unknown): void =>
  void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

const completion = { choices: [{ text: "ok", finish_reason: "length" }], usage: { prompt_tokens: 3, completion_tokens: 1 } };

const hello = { prompt: "hello", maxTokens: 1, temperature: 0 };

const openSmall = (baseURL: string, options: Partial<OpenEndpointOptions> = {}) =>
  openEndpoint({ baseURL, model: "small", apiKeyVariable: keyVariable, timing: virtualTiming(), ...options });

async function ask(baseURL: string, options: Partial<OpenEndpointOptions> & { signal?: AbortSignal } = {}) {
  const { signal, ...rest } = options;
  const endpoint = await openSmall(baseURL, rest);
  return endpoint.complete({ ...hello, ...(signal && { signal }) });
}

async function failureOf(promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(Error);
  expect((error as Error).message).not.toMatch(/\n/);
  expect((error as Error).message).not.toContain(key);
  return error as Error;
}

test("a completion's text, finish reason and usage come through", async () => {
  const baseURL = await scripted((_, response) => json(response, 200, completion));
  expect(await ask(baseURL)).toMatchObject({
    text: "ok",
    finishReason: "length",
    usage: { promptTokens: 3, completionTokens: 1 },
  });
});

test("a refused connection is told at once, with the address", async () => {
  const baseURL = await scripted(() => {});
  open.pop()?.close();
  const error = await failureOf(ask(baseURL));
  expect(error).toBeInstanceOf(RunError);
  expect(error.message).toContain(`nothing answers at ${baseURL}`);
});

test("a refused key is bad input, named by its variable and never shown", async () => {
  const baseURL = await scripted((_, response) => json(response, 401, { error: { message: `bad key ${key}` } }));
  const error = await failureOf(ask(baseURL));
  expect(error).toBeInstanceOf(InputError);
  expect(error.message).toContain(keyVariable);
});

test("an unknown model is bad input, with the names that the server lists", async () => {
  const baseURL = await scripted((request, response) =>
    request.url === "/v1/models"
      ? json(response, 200, { object: "list", data: [{ id: "large", object: "model" }] })
      : json(response, 404, { error: { message: "no such model" } }),
  );
  const error = await failureOf(ask(baseURL));
  expect(error).toBeInstanceOf(InputError);
  expect(error.message).toMatch(/no model small; allowed: large/);
});

test.each([
  ["a web page", "text/html", "<html>welcome</html>"],
  ["broken JSON", "application/json", '{"choices": ['],
  ["other JSON", "application/json", '{"status": "fine"}'],
])("%s in place of a completion is asked for twice more, then that request has failed", async (_, type, body) => {
  let calls = 0;
  const baseURL = await scripted((_request, response) => {
    calls++;
    response.writeHead(200, { "content-type": type }).end(body);
  });
  const error = await failureOf(ask(baseURL));
  expect(error).toBeInstanceOf(FailedRequest);
  expect(error).toMatchObject({ failureClass: "bad-output" });
  expect(error.message).toContain("no OpenAI completion");
  expect(calls).toBe(3);
});

test("P8: a server that hangs is given up after two time limits", async () => {
  let calls = 0;
  const baseURL = await scripted(() => void calls++);
  const error = await failureOf(ask(baseURL, { timeoutSeconds: 0.2 }));
  expect(error).toBeInstanceOf(RunError);
  expect(error.message).toContain("did not answer within 0.2 s");
  expect(calls).toBe(2);
});

test("a rate limit and a server error are tried again", async () => {
  const baseURL = await scripted((_, response, call) => {
    if (call === 0) json(response, 429, { error: { message: "slow down" } });
    else if (call === 1) json(response, 503, { error: { message: "busy" } });
    else json(response, 200, completion);
  });
  expect((await ask(baseURL)).text).toBe("ok");
});

test("a broken connection is tried again", async () => {
  const baseURL = await scripted((request, response, call) =>
    call === 0 ? void request.socket.destroy() : json(response, 200, completion),
  );
  expect((await ask(baseURL)).text).toBe("ok");
});

test("a server that keeps failing ends the run", async () => {
  const baseURL = await scripted((_, response) => json(response, 500, { error: { message: `broken, key ${key}` } }));
  const error = await failureOf(ask(baseURL, { retries: 1 }));
  expect(error).toBeInstanceOf(RunError);
});

test("a refused request is sent once, and says by its type that the next may pass", async () => {
  let calls = 0;
  const baseURL = await scripted((_, response) => {
    calls++;
    json(response, 400, { error: { message: "prompt too long" } });
  });
  const error = await failureOf(ask(baseURL));
  expect(error).toBeInstanceOf(FailedRequest);
  expect(error).toMatchObject({ failureClass: "fatal", status: 400 });
  expect(error.message).toContain("refused the request: 400 prompt too long");
  expect(calls).toBe(1);
});

test("an aborted request is a stop, not a failure of the server", async () => {
  const abort = new AbortController();
  const baseURL = await scripted(() => abort.abort());
  expect(await failureOf(ask(baseURL, { signal: abort.signal }))).toBeInstanceOf(StoppedError);
});

test("P8: a wrong key costs one call at concurrency 64", async () => {
  let calls = 0;
  const baseURL = await scripted((_, response) => {
    calls++;
    json(response, 401, { error: { message: `bad key ${key}` } });
  });
  const endpoint = await openSmall(baseURL, { concurrency: 64 });
  const ends = await Promise.allSettled(Array.from({ length: 64 }, () => endpoint.complete(hello)));
  expect(ends.every(({ status }) => status === "rejected")).toBe(true);
  expect(calls).toBe(1);
});

test("P8: a server that lets no one through is given up with one line that says for how long it was tried", async () => {
  const baseURL = await scripted((_, response) => json(response, 429, { error: { message: `slow down, ${key}` } }));
  const endpoint = await openSmall(baseURL);
  const error = await failureOf(endpoint.complete(hello));
  expect(error).toBeInstanceOf(RunError);
  expect(error.message).toMatch(/let nothing through \(\d+ tries, 10 min\): 429 slow down, \[redacted\]; wait, or/);
  expect(endpoint.traffic()).toMatchObject({ inFlight: 0, waiting: 0 });
});

test("an account without credit ends the run at the first reply", async () => {
  const baseURL = await scripted((_, response) =>
    json(response, 429, { error: { message: "scripted", type: "insufficient_quota", code: "insufficient_quota" } }),
  );
  const endpoint = await openSmall(baseURL);
  expect((await failureOf(endpoint.complete(hello))).message).toContain("no credit left");
  expect(endpoint.traffic().sent).toBe(1);
});

test("the last request of a limit keeps the next one back until the limit is renewed", async () => {
  const baseURL = await scripted((_, response, call) => {
    if (call === 0) response.setHeader("x-ratelimit-remaining-requests", "0").setHeader("x-ratelimit-reset-requests", "20s");
    json(response, 200, completion);
  });
  const timing = virtualTiming();
  const endpoint = await openSmall(baseURL, { timing });
  await endpoint.complete(hello);
  expect(endpoint.traffic().pausedSeconds).toBe(20);
  await endpoint.complete(hello);
  expect(timing.now()).toBe(20_000);
});

test("2,000 requests at concurrency 64 keep a server of 20 ms busy and never exceed the limit", { timeout: 60_000 }, async () => {
  const baseURL = await scripted((request, response) => {
    request.resume();
    setTimeout(() => json(response, 200, completion), 20);
  });
  let inFlight = 0;
  let most = 0;
  const counting: typeof fetch = async (...sent) => {
    most = Math.max(most, ++inFlight);
    return fetch(...sent).finally(() => inFlight--);
  };
  const endpoint = await openEndpoint({ baseURL, model: "small", concurrency: 64, fetch: counting });
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const began = performance.now();
  const replies = await Promise.all(Array.from({ length: 2000 }, () => endpoint.complete({ ...hello, signal })));
  const served = replies.reduce((sum, { latencyMs }) => sum + latencyMs, 0);
  expect(served / 64 / (performance.now() - began)).toBeGreaterThan(0.7);
  expect(most).toBe(64);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test.each([{ concurrency: 0 }, { limits: { requestsPerMinute: 0 } }, { limits: { tokensPerMinute: Number.NaN } }])(
  "%j is bad input",
  async (options) => {
    await expect(openSmall("http://127.0.0.1:1/v1", options)).rejects.toThrow(/allowed: a number of at least 1/);
  },
);

test.each(["http://user:hidden@127.0.0.1:1/v1", "http://127.0.0.1:1/v1?key=hidden"])(
  "P16: an address with a secret in it is refused in one line that does not repeat it (%s)",
  async (baseURL) => {
    const error = await failureOf(openSmall(baseURL));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(/^a baseURL at http:\/\/127\.0\.0\.1:1\/v1 with a user, a password or a query in it; allowed/);
    expect(error.message).not.toContain("hidden");
  },
);

test("a PEFT folder is loaded under a name that follows from its content", async () => {
  const folder = mkdtempSync(join(tmpdir(), "selfspec-peft-"));
  writeFileSync(join(folder, "adapter_config.json"), "{}");
  const loaded: unknown[] = [];
  const baseURL = await scripted(async (request, response) => {
    if (request.method === "GET") return json(response, 200, { object: "list", data: [] });
    let body = "";
    for await (const chunk of request) body += chunk;
    loaded.push(JSON.parse(body));
    json(response, 200, {});
  });
  const endpoint = await openSmall(baseURL);
  const name = await endpoint.loadAdapter({ name: "tuned", path: folder });
  expect(name).toMatch(/^small:tuned-[0-9a-f]{8}$/);
  expect(loaded).toEqual([{ lora_name: name, lora_path: folder }]);
  writeFileSync(join(folder, "adapter_config.json"), "[]");
  expect(await endpoint.loadAdapter({ name: "tuned", path: folder })).not.toBe(name);
  expect((await failureOf(endpoint.loadAdapter({ name: "tuned", path: "/nowhere" }))).message).toMatch(
    /\/nowhere cannot be read/,
  );
});

test("an address that is no address, and neither address nor model file, are bad input", async () => {
  await expect(openEndpoint({ baseURL: "localhost:8000", model: "small" })).rejects.toThrow(InputError);
  await expect(openEndpoint({ model: "small" })).rejects.toThrow(InputError);
  await expect(openEndpoint({ model: "small", embedded: { modelPath: "/nowhere/model.gguf" } })).rejects.toThrow(InputError);
});
