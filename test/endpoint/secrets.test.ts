// A key is planted in the environment, a server does its worst to get it written down, and nothing that is left behind may hold it.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { inspect } from "node:util";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { cacheCalls, openCallCache, openEndpoint } from "../../kernel-lib/src/endpoint/index.js";
import { type Ended, selfspec, temporaryFolder } from "../cli/command.js";
import { writeExperiment } from "../cli/experiment-file.js";
import { type AskedCompletion, writeText } from "../cli/scripted-server.js";

const key = "sk-planted-7f3a9c51e2";
const variable = "SELFSPEC_TEST_KEY";
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  delete process.env[variable];
});

type Failure = { status: number } | "none";

/** Answers like a model, or fails and says the key in every place where a server can; `fate` tells which, by request from 1. */
async function tellingServer(fate: (request: number) => Failure): Promise<string> {
  let count = 0;
  const told = (request: IncomingMessage): string => String(request.headers.authorization);
  server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const failure = fate(++count);
    if (failure !== "none") {
      const headers = {
        "content-type": "application/json",
        "x-request-id": told(request),
        "retry-after-ms": "1",
        "retry-after": "0",
      };
      const error = { message: `refused ${told(request)} (${key})`, type: key, code: key, param: key };
      response.writeHead(failure.status, headers).end(JSON.stringify({ error }));
      return;
    }
    const body = JSON.parse(text) as Pick<AskedCompletion, "prompt" | "seed" | "stop">;
    const stage = body.prompt.endsWith("Output:") ? "responses" : "instructions";
    const reply = {
      choices: [{ text: writeText({ ...body, stage, number: count }), finish_reason: "stop" }],
      usage: { prompt_tokens: 9, completion_tokens: 5 },
      account: key,
    };
    const headers = { "content-type": "application/json", "x-api-key": key };
    response.writeHead(200, headers).end(JSON.stringify(reply));
  });
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server!.address() as AddressInfo).port}/v1`;
}

/** Every file below a folder, as text; of a gzip file what is in it. */
function textsBelow(folder: string): [string, string][] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => {
      const bytes = readFileSync(path);
      return [path, (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1")];
    });
}

async function callsIn(home: string): Promise<string> {
  const cache = openCallCache({ directory: join(home, "calls") });
  try {
    return JSON.stringify([[...cache.entries()], [...cache.answerers()]]);
  } finally {
    await cache.close();
  }
}

async function expectNowhere(home: string, ...ended: Ended[]): Promise<void> {
  for (const { stdout, stderr } of ended) expect(stdout + stderr).not.toContain(key);
  expect(
    textsBelow(home)
      .filter(([, text]) => text.includes(key))
      .map(([path]) => path),
  ).toEqual([]);
  expect(await callsIn(home)).not.toContain(key);
}

const generate = (home: string, baseURL: string): Promise<Ended> => {
  const config = writeExperiment({ endpoint: { apiKeyVariable: variable, timeoutSeconds: 5 } });
  const args = ["run", config, "--size", "smoke", "--dir", join(home, "run"), "--until", "dataset", "--base-url", baseURL];
  return selfspec(args, { SELFSPEC_HOME: home, SELFSPEC_DEBUG: "1", [variable]: key });
};

describe("P16: a planted key", { timeout: 120_000 }, () => {
  it("is in no file and no line of a generation whose server failed now and then", async () => {
    const home = temporaryFolder();
    const ended = await generate(home, await tellingServer((request) => (request % 9 === 4 ? { status: 500 } : "none")));
    expect(ended.code, ended.stderr).toBe(0);
    expect(textsBelow(join(home, "run")).length).toBeGreaterThan(5);
    await expectNowhere(home, ended);
  });

  it.each([401, 500])("is in no file and no line of a run whose server answers %i with the key in it", async (status) => {
    const home = temporaryFolder();
    const ended = await generate(home, await tellingServer(() => ({ status })));
    expect(ended.code).not.toBe(0);
    await expectNowhere(home, ended);
  });

  it.each([400, 401, 403, 404, 408, 429, 500, 503])(
    "is in no error, nor in what caused it, after %i with the key in it",
    async (status) => {
      process.env[variable] = key;
      const baseURL = await tellingServer(() => ({ status }));
      let milliseconds = 0;
      const timing = {
        now: () => milliseconds,
        async wait(more: number) {
          milliseconds += more;
        },
      };
      const endpoint = await openEndpoint({ baseURL, model: "small", apiKeyVariable: variable, timing, patience: { rounds: 2 } });
      const error = await endpoint
        .complete({ prompt: "Output:", maxTokens: 4, temperature: 0 })
        .catch((failure: Error) => failure);
      expect(error).toBeInstanceOf(Error);
      expect((error as Error).message).not.toContain(key);
      expect(inspect(error, { depth: 10 })).not.toContain(key);
    },
  );

  it("is in no cached call, log of calls, or exported bundle", async () => {
    const home = temporaryFolder();
    process.env[variable] = key;
    const baseURL = await tellingServer((request) => (request === 2 ? { status: 401 } : "none"));
    const endpoint = await openEndpoint({ baseURL, model: "small", apiKeyVariable: variable });
    const cache = openCallCache({ directory: join(home, "calls") });
    const cached = cacheCalls(endpoint, { cache, log: join(home, "calls.jsonl") });
    const ask = (seed: number) => cached.complete({ prompt: "Output:", maxTokens: 4, temperature: 0, seed });
    await ask(1);
    const refused = await ask(2).then(
      () => "answered",
      (error: unknown) => `${(error as Error).stack} ${JSON.stringify(error)}`,
    );
    expect(refused).toContain("refused the key (401)");
    expect(refused).not.toContain(key);
    await ask(3);
    await cached.close();
    await cache.close();
    const ended = [
      await selfspec(["cache", "export", join(home, "bundle.gz"), "--json"], { SELFSPEC_HOME: home, [variable]: key }),
      await selfspec(["cache", "stats", "--json"], { SELFSPEC_HOME: home, [variable]: key }),
    ];
    expect(JSON.parse(ended[0]!.stdout)).toMatchObject({ manifest: { records: 2 } });
    await expectNowhere(home, ...ended);
  });
});
