import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { splitLines } from "../../kernel-lib/src/endpoint/batch/plan-batches.js";
import {
  type BatchAnswer,
  type BatchOptions,
  completeBatch,
  type Endpoint,
  FailedRequest,
  openBatchEndpoint,
  openEndpoint,
} from "../../kernel-lib/src/endpoint/index.js";
import { InputError, RunError, StoppedError } from "../../kernel-lib/src/runtime/index.js";
import { type BatchScript, startBatchServer, success } from "./batch-server.js";
import { virtualTiming } from "./flow-simulation.js";

const keyVariable = "SELFSPEC_TEST_KEY";
const key = "sk-very-secret-value";
let directory: string;
let server: Awaited<ReturnType<typeof startBatchServer>>;
const script: BatchScript = { status: () => "completed", line: success };

beforeEach(async () => {
  process.env[keyVariable] = key;
  directory = mkdtempSync(join(tmpdir(), "selfspec-batch-"));
  Object.assign(script, { status: ({ polls }: { polls: number }) => (polls < 3 ? "in_progress" : "completed"), line: success });
  delete script.errors;
  server = await startBatchServer(script);
});
afterEach(() => {
  delete process.env[keyVariable];
  server.close();
  rmSync(directory, { recursive: true });
});

const request = (prompt: string) => ({ prompt, maxTokens: 5, temperature: 0 });
const options = (): BatchOptions => ({
  baseURL: server.baseURL,
  apiKeyVariable: keyVariable,
  model: "small",
  directory,
  timing: virtualTiming(),
});

/** The answers by name, and what ended them if they did not end well. */
async function collect(prompts: readonly string[], more: Partial<BatchOptions> = {}) {
  const answers = new Map<string, BatchAnswer>();
  let error: unknown;
  try {
    const requests = prompts.map((prompt) => ({ customId: `row ${prompt}`, request: request(prompt) }));
    for await (const answer of completeBatch({ ...options(), ...more, requests })) answers.set(answer.customId, answer);
  } catch (thrown) {
    error = thrown;
  }
  const texts = Object.fromEntries(
    [...answers].map(([id, answer]) => [id, "completion" in answer ? answer.completion.text : answer.failure.status]),
  );
  return { answers, texts, error };
}

describe("a batch", () => {
  it("is uploaded, created, polled and collected, each answer under its caller's name", async () => {
    const { answers, texts, error } = await collect(["a", "b", "c"]);
    expect(error).toBeUndefined();
    expect(texts).toEqual({ "row a": "re: a", "row b": "re: b", "row c": "re: c" });
    expect(answers.get("row a")).toMatchObject({
      completion: { finishReason: "stop", usage: { promptTokens: 7, completionTokens: 3 } },
    });
    expect(server.batches[0]).toMatchObject({ endpoint: "/v1/chat/completions" });
    expect(server.batches[0]!.input[0]).toMatchObject({
      method: "POST",
      url: "/v1/chat/completions",
      body: { model: "small", max_tokens: 5, temperature: 0, messages: [{ role: "user", content: "a" }] },
    });
  });

  it("one request's error is that row's failure, and the others arrive", async () => {
    script.line = (input) =>
      input.body.messages?.[0]?.content === "bad"
        ? {
            file: "error",
            response: { status_code: 400, body: { error: { message: "scripted: too long", code: "context_length_exceeded" } } },
          }
        : success(input);
    const { answers, texts, error } = await collect(["a", "bad", "c"]);
    expect(error).toBeUndefined();
    expect(texts).toEqual({ "row a": "re: a", "row bad": 400, "row c": "re: c" });
    const failed = answers.get("row bad")!;
    expect("failure" in failed && failed.failure).toBeInstanceOf(FailedRequest);
    expect("failure" in failed && failed.failure.message).toContain("refused the request: 400 scripted: too long");
  });

  it("asks for equal requests once and for samples of one request apart", async () => {
    const requests = [
      { customId: "1", request: request("a") },
      { customId: "2", request: request("a") },
      { customId: "3", request: { ...request("a"), sample: 1 } },
    ];
    const names: string[] = [];
    for await (const { customId } of completeBatch({ ...options(), requests })) names.push(customId);
    expect(names.sort()).toEqual(["1", "2", "3"]);
    expect(server.batches[0]!.input).toHaveLength(2);
  });

  it("is split by what a server takes, and by model", () => {
    const line = (id: string, model: string) => ({ id, model, text: "0123456789" });
    const lines = ["1", "2", "3", "4"].map((id) => line(id, id === "3" ? "other" : "small"));
    const ids = (limits: object) => splitLines(lines, limits).map((input) => input.map(({ id }) => id));
    expect(ids({})).toEqual([["1", "2", "4"], ["3"]]);
    expect(ids({ maxRequests: 2 })).toEqual([["1", "2"], ["3"], ["4"]]);
    expect(ids({ maxBytes: 15 })).toEqual([["1"], ["2"], ["3"], ["4"]]);
  });

  it("two requests of one name are bad input", async () => {
    expect((await collect(["a", "a"])).error).toBeInstanceOf(InputError);
  });
});

describe("P2: nothing is paid for twice", () => {
  it("stopped while it runs, the next process collects the same batch", async () => {
    const stop = new AbortController();
    script.status = () => "in_progress";
    server.interrupt((call) => {
      if (call.startsWith("GET /v1/batches/")) stop.abort();
      return false;
    });
    expect((await collect(["a", "b"], { signal: stop.signal })).error).toBeInstanceOf(StoppedError);
    script.status = () => "completed";
    const { texts, error } = await collect(["a", "b"]);
    expect(error).toBeUndefined();
    expect(Object.keys(texts)).toHaveLength(2);
    expect(server.batches).toHaveLength(1);
  });

  it("killed between the server's creating a batch and its being noted, the next process finds it by its name", async () => {
    await collect(["a", "b"]);
    const journal = join(directory, "batches.jsonl");
    const lines = readFileSync(journal, "utf8").split("\n");
    expect(lines[0]).toContain('"planned"');
    writeFileSync(journal, `${lines[0]}\n`);
    expect(Object.keys((await collect(["a", "b"])).texts)).toHaveLength(2);
    expect(server.batches).toHaveLength(1);
  });

  it("killed before the batch was created, the next process creates it", async () => {
    await collect(["a"]);
    const journal = join(directory, "batches.jsonl");
    writeFileSync(journal, `${readFileSync(journal, "utf8").split("\n")[0]}\n`);
    server.batches.length = 0;
    expect((await collect(["a"])).texts).toEqual({ "row a": "re: a" });
    expect(server.batches).toHaveLength(1);
  });

  it("a connection that breaks after the batch was created does not create another", async () => {
    let broken = 0;
    server.interrupt((call, response) => {
      if (call !== "POST /v1/batches" || broken++ > 0) return false;
      response.destroy();
      return true;
    });
    expect((await collect(["a"])).texts).toEqual({ "row a": "re: a" });
    expect(server.batches).toHaveLength(1);
  });

  it("rows that were added to an old batch's are a new batch of their own", async () => {
    await collect(["a", "b"]);
    expect(Object.keys((await collect(["b", "c"])).texts)).toEqual(["row b", "row c"]);
    expect(server.batches[1]!.input.map(({ body }) => body.messages?.[0]?.content)).toEqual(["c"]);
  });

  it("a request that changed is not answered from the batch of the old one", async () => {
    await collect(["a"]);
    await collect(["a"], { model: "large" });
    expect(server.batches).toHaveLength(2);
  });
});

describe("a batch that does not end well", () => {
  it("expired: answers arrive, the end is told in one line, and the next process submits only the rest", async () => {
    script.status = () => "expired";
    script.line = (input, batch) =>
      batch.id !== "batch_0" || input.body.messages?.[0]?.content === "a"
        ? success(input)
        : { file: "error", error: { code: "batch_expired", message: "scripted: out of time" } };
    const first = await collect(["a", "b", "c"]);
    expect(first.texts).toEqual({ "row a": "re: a" });
    expect(first.error).toBeInstanceOf(RunError);
    expect((first.error as Error).message).toBe(
      "batch batch_0 ended as expired; 2 of its requests were not answered; finished rows are kept, the same command submits the others again",
    );
    script.status = ({ id }) => (id === "batch_0" ? "expired" : "completed");
    const second = await collect(["b", "c"]);
    expect(second).toMatchObject({ texts: { "row b": "re: b", "row c": "re: c" }, error: undefined });
    expect(server.batches[1]!.input).toHaveLength(2);
  });

  it("failed at validation: the server's reason is told with its line", async () => {
    script.status = () => "failed";
    script.line = () => undefined;
    script.errors = { object: "list", data: [{ code: "scripted", message: "scripted: no such model", line: 1 }] };
    const { error } = await collect(["a"]);
    expect((error as Error).message).toMatch(/ended as failed: scripted: no such model \(line 1\); 1 of its requests/);
  });

  it("cancelled: told in one line", async () => {
    script.status = ({ polls }) => (polls < 2 ? "cancelling" : "cancelled");
    script.line = () => ({ file: "error", error: { code: "batch_cancelled" } });
    expect(((await collect(["a"])).error as Error).message).toContain("ended as cancelled; 1 of its requests");
  });

  it("a lack of credit in its lines ends the run, and the next process asks those rows again", async () => {
    script.line = (input, { id }) =>
      id === "batch_0"
        ? {
            file: "error",
            response: { status_code: 429, body: { error: { message: `scripted ${key}`, code: "insufficient_quota" } } },
          }
        : success(input);
    const { error } = await collect(["a", "b"]);
    expect((error as Error).message).toMatch(/no credit left: 429 scripted \[redacted\]/);
    expect(Object.keys((await collect(["a", "b"])).texts)).toHaveLength(2);
  });

  it("a refused key is told by its variable's name, and neither message nor journal holds the key", async () => {
    server.interrupt((_, response) => {
      response
        .writeHead(401, { "content-type": "application/json" })
        .end(JSON.stringify({ error: { message: `bad key ${key}` } }));
      return true;
    });
    const { error } = await collect(["a"]);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toContain(keyVariable);
    expect((error as Error).message + readFileSync(join(directory, "batches.jsonl"), "utf8")).not.toContain(key);
  });

  it("throttling and server errors while it is watched are waited out", async () => {
    let looks = 0;
    server.interrupt((call, response) => {
      if (!call.startsWith("GET /v1/batches/") || ++looks > 3) return false;
      response.writeHead(looks === 2 ? 503 : 429, { "content-type": "application/json" }).end("{}");
      return true;
    });
    expect((await collect(["a"])).texts).toEqual({ "row a": "re: a" });
  });
});

describe("behind an endpoint", () => {
  let endpoint: Endpoint;
  beforeEach(() => {
    endpoint = openBatchEndpoint(options());
  });

  it("questions asked together go out as one batch", async () => {
    const replies = await Promise.all(["a", "b", "c"].map((prompt) => endpoint.complete(request(prompt))));
    expect(replies.map(({ text }) => text)).toEqual(["re: a", "re: b", "re: c"]);
    expect(server.batches).toHaveLength(1);
    expect((await endpoint.complete(request("later"))).text).toBe("re: later");
    expect(server.batches).toHaveLength(2);
  });

  it("a failed row rejects its question only; a failed batch rejects what is left in it", async () => {
    script.status = () => "expired";
    script.line = (input) =>
      ({
        good: success(input),
        bad: { file: "error" as const, response: { status_code: 400, body: { error: { message: "scripted" } } } },
        late: { file: "error" as const, error: { code: "batch_expired" } },
      })[input.body.messages![0]!.content];
    const [good, bad, late] = await Promise.allSettled(
      ["good", "bad", "late"].map((prompt) => endpoint.complete(request(prompt))),
    );
    expect(good).toMatchObject({ status: "fulfilled", value: { text: "re: good" } });
    expect((bad as PromiseRejectedResult).reason).toBeInstanceOf(FailedRequest);
    expect((late as PromiseRejectedResult).reason).toBeInstanceOf(RunError);
  });

  it("when all that ask have gone, watching ends", async () => {
    script.status = () => "in_progress";
    const stop = new AbortController();
    server.interrupt((call) => {
      if (call.startsWith("GET /v1/batches/")) stop.abort();
      return false;
    });
    await expect(endpoint.complete({ ...request("a"), signal: stop.signal })).rejects.toBeInstanceOf(StoppedError);
  });

  it("has the fingerprint of single requests to the same server, so that a cache serves both", async () => {
    const single = await openEndpoint({ baseURL: server.baseURL, model: "small", api: "chat" });
    expect(await endpoint.fingerprint()).toBe(await single.fingerprint());
  });
});
