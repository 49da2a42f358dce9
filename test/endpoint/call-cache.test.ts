import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { open } from "lmdb";
import { afterEach, describe, expect, it } from "vitest";
import { keyedFields } from "../../kernel-lib/src/endpoint/cache/call-key.js";
import {
  type CallCache,
  type Completion,
  type CompletionRequest,
  cacheCalls,
  callStatistics,
  type Endpoint,
  openCallCache,
  pruneCalls,
} from "../../kernel-lib/src/endpoint/index.js";
import { InputError, RunError, StoppedError, sha256 } from "../../kernel-lib/src/runtime/index.js";
import { answer, countingEndpoint, request, temporaryFolder } from "./call-cache-endpoint.js";

const opened: CallCache[] = [];
afterEach(async () => {
  for (const cache of opened.splice(0)) await cache.close();
});

function emptyCache(directory = temporaryFolder()): CallCache {
  const cache = openCallCache({ directory });
  opened.push(cache);
  return cache;
}

/** How often the endpoint was asked when one request follows the other. */
async function asked(first: CompletionRequest, second: CompletionRequest, changed: Partial<Endpoint> = {}): Promise<number> {
  const cache = emptyCache();
  const [before, after] = [countingEndpoint(), countingEndpoint(answer, changed)];
  await cacheCalls(before, { cache }).complete(first);
  await cacheCalls(after, { cache }).complete(second);
  return before.requests.length + after.requests.length;
}

describe("the key", () => {
  const whole: Required<Omit<CompletionRequest, "signal">> = {
    prompt: "A question:",
    model: "base",
    maxTokens: 8,
    temperature: 0.7,
    topP: 0.9,
    seed: 1,
    sample: 1,
    stop: ["a", "b"],
    logprobs: 1,
    echo: false,
    echoFrom: 4,
  };
  const changes: typeof whole = {
    prompt: "A question: ",
    model: "base:tuned",
    maxTokens: 9,
    temperature: 0.70001,
    topP: 0.91,
    seed: 2,
    sample: 2,
    stop: ["b", "a"],
    logprobs: 2,
    echo: true,
    echoFrom: 5,
  };

  it.each(keyedFields)("P3: a changed %s misses", async (field) => {
    expect(await asked(whole, whole)).toBe(1);
    expect(await asked(whole, { ...whole, [field]: changes[field] })).toBe(2);
  });

  it.each(["topP", "seed", "sample", "stop", "logprobs", "echo", "echoFrom"] as const)(
    "P3: a request without %s is another",
    async (field) => {
      const { [field]: _, ...without } = whole;
      expect(await asked(whole, without)).toBe(2);
    },
  );

  it.each([
    ["server or model file", { fingerprint: async () => "another server · base" }],
    ["adapter under the same name", { fingerprint: async (model = "base") => `server · ${model} · sha256 of the adapter` }],
  ])("P3: another %s misses", async (_, changed) => {
    expect(await asked(whole, whole, changed)).toBe(2);
  });

  it("P3: an adapter that is loaded again under its name is asked for its fingerprint again", async () => {
    let adapter = "first";
    const endpoint = countingEndpoint(answer, { fingerprint: async (model = "base") => `${model} · ${adapter}` });
    const cached = cacheCalls(endpoint, { cache: emptyCache() });
    const path = join(temporaryFolder(), "adapter.gguf");
    for (adapter of ["first", "second"]) {
      writeFileSync(path, adapter);
      const model = await cached.loadAdapter({ name: "tuned", path });
      await cached.complete({ ...request, model });
    }
    expect(cached.stats()).toMatchObject({ hits: 0, misses: 2 });
  });

  it.each<[string, Partial<CompletionRequest>, Partial<Endpoint>]>([
    ["signal", { signal: new AbortController().signal }, {}],
    ["concurrency", {}, { concurrency: 64 }],
    ["address where the fingerprint stays", {}, { baseURL: "http://127.0.0.1:4/v1", description: "moved" }],
    ["base model by name", { model: "base" }, {}],
    ["first sample by number", { sample: 0 }, {}],
    ["stop list without entries", { stop: [] }, {}],
  ])("a %s changes nothing", async (_, more, changed) => {
    expect(await asked(request, { ...request, ...more }, changed)).toBe(1);
  });
});

describe("a cached call", () => {
  const scored: Completion = {
    ...answer(request),
    text: "A question: – yes",
    finishReason: "length",
    logprobs: {
      tokens: ["A", " question:", " –", " yes"],
      tokenLogprobs: [null, -1.25, -0.1 - 0.2, -3e-9],
      topLogprobs: [{}, { " question:": -1.25 }, { " –": -0.3 }, { " yes": -3e-9, " no": -20 }],
    },
  };

  it("is answered as it was, after a restart, without asking", async () => {
    const directory = temporaryFolder();
    const first = openCallCache({ directory });
    await cacheCalls(
      countingEndpoint(() => scored),
      { cache: first },
    ).complete({ ...request, logprobs: 2, echo: true });
    await first.close();
    const silent = countingEndpoint(() => Promise.reject(new Error("asked")));
    const cached = cacheCalls(silent, { cache: emptyCache(directory) });
    expect(await cached.complete({ ...request, logprobs: 2, echo: true })).toEqual(scored);
    expect(cached.stats()).toEqual({ hits: 1, misses: 0, shared: 0, unreadable: 0, saved: scored.usage });
  });

  it("keeps tokens as they are where they do not add up to the text", async () => {
    const broken = { ...scored, logprobs: { ...scored.logprobs!, tokens: ["A", "\ufffd", "\ufffd", " yes"] } };
    const cached = cacheCalls(
      countingEndpoint(() => broken),
      { cache: emptyCache() },
    );
    await cached.complete(request);
    expect(await cached.complete(request)).toEqual(broken);
  });

  it("is kept without the prompt, even where the answer echoes it", async () => {
    const cache = emptyCache();
    const logprobs = { ...scored.logprobs!, topLogprobs: [{}, {}, {}, {}] };
    await cacheCalls(
      countingEndpoint(() => ({ ...scored, logprobs })),
      { cache },
    ).complete({ ...request, echo: true });
    expect(JSON.stringify([...cache.entries()])).not.toContain("question");
  });

  it("is not kept when it failed", async () => {
    const endpoint = countingEndpoint((asked, call) => {
      if (call === 1) throw new Error("overloaded");
      return answer(asked);
    });
    const cached = cacheCalls(endpoint, { cache: emptyCache() });
    await expect(cached.complete(request)).rejects.toThrow("overloaded");
    expect(await cached.complete(request)).toEqual(answer(request));
  });

  it("asks a model for its fingerprint once", async () => {
    let read = 0;
    const cached = cacheCalls(countingEndpoint(answer, { fingerprint: async () => `file ${++read}` }), { cache: emptyCache() });
    for (let seed = 0; seed < 5; seed++) await cached.complete({ ...request, seed });
    expect(read).toBe(1);
  });

  it("that cannot be read is named, made again and mended", async () => {
    const directory = temporaryFolder();
    const cache = emptyCache(directory);
    await cacheCalls(countingEndpoint(), { cache }).complete(request);
    const { key } = [...cache.entries()][0]!;
    const root = open({ path: directory, noSubdir: false, encoding: "string", maxDbs: 2 });
    const raw = root.openDB<Buffer, Buffer>({ name: "calls", encoding: "binary", keyEncoding: "binary" });
    for (const damaged of [Buffer.from("?"), Buffer.from("0000{}"), Buffer.alloc(300)]) {
      await raw.put(Buffer.from(key, "hex"), damaged);
      await delay(20); // a reader keeps its snapshot for a turn of the event loop
      expect(callStatistics(cache)).toMatchObject({ records: 1, unreadable: 1 });
      const lines: string[] = [];
      const cached = cacheCalls(countingEndpoint(), { cache, onUnreadable: (line) => lines.push(line) });
      expect([await cached.complete(request), await cached.complete(request)]).toEqual([answer(request), answer(request)]);
      expect(cached.stats()).toMatchObject({ unreadable: 1, misses: 1, hits: 1 });
      expect(lines).toEqual([expect.stringMatching(new RegExp(`record ${key} cannot be read \\(.+\\); asking again`))]);
    }
    await root.close();
  });
});

describe("identical requests in flight", () => {
  /** Answers when told; ends when its signal does. */
  function slowEndpoint() {
    let finish = (): void => {};
    const endpoint = countingEndpoint(
      (asked) =>
        new Promise((resolve, reject) => {
          finish = () => resolve(answer(asked));
          asked.signal?.addEventListener("abort", () => reject(new StoppedError("a completion")));
        }),
    );
    const begun = async (): Promise<void> => {
      while (endpoint.requests.length === 0) await new Promise(setImmediate);
    };
    return { endpoint, begun, finish: () => finish() };
  }

  it("share one call", async () => {
    const { endpoint, begun, finish } = slowEndpoint();
    const cached = cacheCalls(endpoint, { cache: emptyCache() });
    const all = Promise.all([cached.complete(request), cached.complete(request), cached.complete(request)]);
    await begun();
    finish();
    expect(await all).toEqual([answer(request), answer(request), answer(request)]);
    expect(endpoint.requests).toHaveLength(1);
    expect(cached.stats()).toMatchObject({ misses: 1, shared: 2, hits: 0, saved: { completionTokens: 6 } });
  });

  it("leave the call to the others when one of them is aborted", async () => {
    const { endpoint, begun, finish } = slowEndpoint();
    const cached = cacheCalls(endpoint, { cache: emptyCache() });
    const impatient = new AbortController();
    const first = cached.complete({ ...request, signal: impatient.signal });
    const second = cached.complete(request);
    await begun();
    impatient.abort();
    await expect(first).rejects.toThrow(StoppedError);
    expect(endpoint.requests[0]!.signal!.aborted).toBe(false);
    finish();
    expect(await second).toEqual(answer(request));
  });

  it("end the call when all of them are aborted, and the next one asks again", async () => {
    const { endpoint, begun, finish } = slowEndpoint();
    const cached = cacheCalls(endpoint, { cache: emptyCache() });
    const stop = new AbortController();
    const both = [0, 1].map(() => cached.complete({ ...request, signal: stop.signal }));
    await begun();
    stop.abort();
    for (const one of both) await expect(one).rejects.toThrow(StoppedError);
    expect(endpoint.requests[0]!.signal!.aborted).toBe(true);
    const again = cached.complete(request);
    while (endpoint.requests.length === 1) await new Promise(setImmediate);
    finish();
    expect(await again).toEqual(answer(request));
  });
});

describe("several processes", { timeout: 30_000 }, () => {
  const child = (...args: string[]) =>
    spawn(process.execPath, [fileURLToPath(new URL("call-cache-child.mjs", import.meta.url)), ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
  const exitOf = (process: ReturnType<typeof child>): Promise<number | null> =>
    new Promise((resolve) => process.on("close", (code) => resolve(code)));

  it("write and read one cache at once", async () => {
    const directory = temporaryFolder();
    const codes = await Promise.all([
      exitOf(child(directory, "left", "right", "100")),
      exitOf(child(directory, "right", "left", "100")),
    ]);
    expect(codes).toEqual([0, 0]);
    const { records, unreadable, answerers } = callStatistics(emptyCache(directory));
    expect({ records, unreadable, by: answerers.map((who) => who.records) }).toEqual({
      records: 200,
      unreadable: 0,
      by: [100, 100],
    });
  });

  it("find every kept call after one of them was killed while it wrote", async () => {
    const directory = temporaryFolder();
    const writer = child(directory, "left", "nobody", "1000000");
    const ended = exitOf(writer);
    let kept = 0;
    for await (const line of createInterface({ input: writer.stdout })) {
      kept = Number(line) + 1;
      if (kept === 50) writer.kill("SIGKILL");
    }
    await ended;
    const cache = emptyCache(directory);
    for (let i = 0; i < kept; i++) expect(cache.get(sha256(`left ${i}`))).toMatchObject({ record: { text: `left ${i}` } });
    expect(callStatistics(cache).unreadable).toBe(0);
    expect(await cacheCalls(countingEndpoint(), { cache }).complete(request)).toEqual(answer(request));
    expect(cache.get(sha256("left 0"))).toBeDefined();
  });
});

describe("pruning", () => {
  async function filledCache(): Promise<CallCache> {
    const cache = emptyCache();
    const cached = cacheCalls(countingEndpoint(), { cache });
    for (const seed of [1, 2, 3]) await cached.complete({ ...request, seed });
    for (const seed of [1, 2]) await cached.complete({ ...request, seed, model: "base:tuned" });
    const usage = { promptTokens: 1, completionTokens: 1 };
    const old = { text: "", finishReason: "stop", usage, latencyMs: 1, date: "2020-01-01T00:00:00.000Z" } as const;
    const [id, who] = [...cache.answerers()].find(([, { model }]) => model === "base")!;
    await cache.put(sha256("an old call"), { answerer: id, ...old }, who);
    return cache;
  }

  it.each([
    [{ olderThan: "30d" }, 1],
    [{ model: "base:tuned" }, 2],
    [{ model: "base" }, 6],
    [{ model: "base:tuned", olderThan: "1d" }, 0],
    [{ all: true }, 6],
  ])("by %j removes %i of 6 calls", async (conditions, removed) => {
    const cache = await filledCache();
    expect(await pruneCalls({ cache, ...conditions })).toEqual({ removed, unreadable: 0, left: 6 - removed });
    expect(callStatistics(cache).records).toBe(6 - removed);
  });

  it.each([
    [{}, /nothing to prune by; allowed: --all, or/],
    [{ all: true, model: "base" }, /--all beside another condition/],
    [{ olderThan: "soon" }, /--older-than soon; allowed: a number of days/],
    [{ model: "bass" }, /no call of a model "bass"; allowed: base/],
  ])("by %j is refused", async (conditions, line) => {
    const cache = await filledCache();
    await expect(pruneCalls({ cache, ...conditions })).rejects.toThrow(line);
    expect(callStatistics(cache).records).toBe(6);
  });
});

describe("a damaged file", () => {
  it.each([10, 20_000])("of %d foreign bytes is refused in one line", (bytes) => {
    const directory = temporaryFolder();
    writeFileSync(join(directory, "data.mdb"), "x".repeat(bytes));
    expect(() => openCallCache({ directory })).toThrow(InputError);
    expect(() => openCallCache({ directory })).toThrow(/cannot be opened as a call cache \(data.mdb is no LMDB file\)/);
  });

  it.each([0.1, 0.5, 0.9])("of which %f is left ends in an error, never in a signal", async (left) => {
    const [whole, cut] = [temporaryFolder(), temporaryFolder()];
    const cache = openCallCache({ directory: whole });
    const cached = cacheCalls(countingEndpoint(), { cache });
    await Promise.all(Array.from({ length: 300 }, (_, seed) => cached.complete({ ...request, seed })));
    await cache.close();
    const bytes = readFileSync(join(whole, "data.mdb"));
    writeFileSync(join(cut, "data.mdb"), bytes.subarray(0, Math.round(bytes.length * left)));
    const use = () => {
      const damaged = emptyCache(cut);
      const { records, unreadable } = callStatistics(damaged);
      if (records < 300 || unreadable > 0) throw new RunError({ got: "calls are missing" });
    };
    expect(use).toThrow(/cannot be opened as a call cache|is damaged|are missing/);
  });
});
