import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import {
  type CallCache,
  type CompletionRequest,
  cacheCalls,
  callLogName,
  callStatistics,
  type Endpoint,
  exportCalls,
  importCalls,
  openCallCache,
  openReplay,
} from "../../kernel-lib/src/endpoint/index.js";
import { InputError, RunError, StoppedError } from "../../kernel-lib/src/runtime/index.js";
import { answer, countingEndpoint, request, temporaryFolder } from "./call-cache-endpoint.js";

const opened: CallCache[] = [];
afterEach(async () => {
  for (const cache of opened.splice(0)) await cache.close();
});

function emptyCache(): CallCache {
  const cache = openCallCache({ directory: temporaryFolder() });
  opened.push(cache);
  return cache;
}

const requests: CompletionRequest[] = Array.from({ length: 40 }, (_, seed) => ({ ...request, seed, stop: ["\n"] }));

async function record(
  cache: CallCache,
  asked: readonly CompletionRequest[],
  options: { log?: string; endpoint?: Endpoint } = {},
) {
  const { log, endpoint = countingEndpoint() } = options;
  const cached = cacheCalls(endpoint, { cache, log });
  const answers = await Promise.all(asked.map((one) => cached.complete(one)));
  await cached.close();
  return answers;
}

async function recordedBundle(options: { endpoint?: Endpoint } = {}): Promise<{ cache: CallCache; path: string }> {
  const cache = emptyCache();
  await record(cache, requests, options);
  const path = join(temporaryFolder(), "calls.bundle.gz");
  exportCalls({ cache, path });
  return { cache, path };
}

describe("a replay", () => {
  it("answers every recorded call as it was answered, with nobody to ask", async () => {
    const { path } = await recordedBundle();
    const replay = await openReplay({ bundle: path });
    expect(await Promise.all(requests.map((one) => replay.complete(one)))).toEqual(requests.map(answer));
    expect([replay.model, replay.concurrency, await replay.fingerprint()]).toEqual(["base", 4, "server · base"]);
  });

  it("names the key of a call that it lacks, and what was asked", async () => {
    const { path } = await recordedBundle();
    const replay = await openReplay({ bundle: path });
    const missing = replay.complete({ ...request, prompt: `Something new ${"and long ".repeat(50)}`, seed: 1 });
    await expect(missing).rejects.toThrow(RunError);
    await expect(missing).rejects.toThrow(
      /^calls\.bundle\.gz has no call [0-9a-f]{64} \(base was asked "Something new (and long ){7}an?d? ?…"\); allowed: .*run without the bundle$/,
    );
    await expect(replay.complete({ ...request, model: "base:tuned" })).rejects.toThrow(
      /no call of model base:tuned.*allowed: base;/,
    );
  });

  it("stops when it is told to", async () => {
    const { path } = await recordedBundle();
    const replay = await openReplay({ bundle: path });
    await expect(replay.complete({ ...requests[0]!, signal: AbortSignal.abort() })).rejects.toThrow(StoppedError);
  });

  it("can itself stand behind a cache, under the same keys", async () => {
    const { cache, path } = await recordedBundle();
    const cached = cacheCalls(await openReplay({ bundle: path }), { cache });
    for (const one of requests) await cached.complete(one);
    expect(cached.stats()).toMatchObject({ hits: 40, misses: 0 });
  });

  it("knows adapters by name and by what is in them", async () => {
    const cache = emptyCache();
    const adapter = join(temporaryFolder(), "adapter.gguf");
    writeFileSync(adapter, "weights");
    const cached = cacheCalls(countingEndpoint(), { cache });
    const model = await cached.loadAdapter({ name: "tuned", path: adapter });
    const recorded = await cached.complete({ ...request, model });
    const path = join(temporaryFolder(), "calls.bundle.gz");
    exportCalls({ cache, path });
    const replay = await openReplay({ bundle: path });
    const elsewhere = join(temporaryFolder(), "same.gguf");
    copyFileSync(adapter, elsewhere);
    for (const from of [adapter, elsewhere, "/nowhere/adapter.gguf"])
      expect(await replay.loadAdapter({ name: "tuned", path: from })).toBe(model);
    expect(await replay.complete({ ...request, model })).toEqual(recorded);
    writeFileSync(elsewhere, "other weights");
    await expect(replay.loadAdapter({ name: "tuned", path: elsewhere })).rejects.toThrow(
      /has no adapter "tuned" with SHA-256 .*allowed: tuned [0-9a-f]{16}/,
    );
    await expect(replay.loadAdapter({ name: "other", path: adapter })).rejects.toThrow(/has no adapter "other"/);
  });

  it("of several base models asks which", async () => {
    const cache = emptyCache();
    await record(cache, requests.slice(0, 2));
    await record(cache, requests.slice(0, 1), { endpoint: countingEndpoint(answer, { model: "large" }) });
    const path = join(temporaryFolder(), "calls.bundle.gz");
    exportCalls({ cache, path });
    await expect(openReplay({ bundle: path })).rejects.toThrow(/calls of 2 models; allowed: .*large/);
    await expect(openReplay({ bundle: path, model: "small" })).rejects.toThrow(/no call of small; allowed: .*large/);
    expect((await openReplay({ bundle: path, model: "large" })).model).toBe("large");
  });
});

describe("an export", () => {
  it("gives equal bytes for equal contents, in whatever order they were recorded", async () => {
    const { cache, path } = await recordedBundle();
    const other = emptyCache();
    await importCalls({ cache: other, path });
    const again = join(temporaryFolder(), "again.gz");
    exportCalls({ cache: other, path: again });
    expect(readFileSync(again).equals(readFileSync(path))).toBe(true);
    expect(exportCalls({ cache, path: again }).manifest).toMatchObject({ records: 40, answerers: [{ model: "base" }] });
  });

  it("of a run holds the calls that this run was answered from, cached ones too, and each once", async () => {
    const cache = emptyCache();
    await record(cache, requests);
    const run = temporaryFolder();
    const log = join(run, callLogName);
    await record(cache, requests.slice(10, 20), { log });
    await record(cache, [...requests.slice(15, 20), { ...request, prompt: "new" }], { log });
    const path = join(temporaryFolder(), "run.gz");
    expect(exportCalls({ cache, path, run }).manifest.records).toBe(11);
    const replay = await openReplay({ bundle: path });
    expect(await replay.complete({ ...request, prompt: "new" })).toEqual(answer({ ...request, prompt: "new" }));
    await expect(replay.complete(requests[0]!)).rejects.toThrow(RunError);
  });

  it("is refused in one line where there is nothing to export, or a call is gone", async () => {
    const cache = emptyCache();
    const path = join(temporaryFolder(), "run.gz");
    expect(() => exportCalls({ cache, path })).toThrow(/no call in/);
    expect(() => exportCalls({ cache, path, run: "/nowhere" })).toThrow(
      /\/nowhere holds no calls\.jsonl; allowed: the folder of a run/,
    );
    const run = temporaryFolder();
    await record(cache, requests, { log: join(run, callLogName) });
    await cache.remove([...cache.entries()].slice(0, 1).map(({ key }) => key));
    expect(() => exportCalls({ cache, path, run })).toThrow(/has no call [0-9a-f]{64} any more; run it again/);
  });

  it("holds no prompt", async () => {
    const { path } = await recordedBundle();
    expect(gunzipSync(readFileSync(path)).toString()).not.toContain(request.prompt);
  });
});

describe("an import", () => {
  it("merges, and leaves what is known as it is", async () => {
    const { path } = await recordedBundle();
    const cache = emptyCache();
    const [first] = await record(cache, requests.slice(0, 5), {
      endpoint: countingEndpoint((asked) => ({ ...answer(asked), text: "mine" })),
    });
    expect(await importCalls({ cache, path })).toMatchObject({ added: 35, known: 5 });
    const cached = cacheCalls(countingEndpoint(), { cache });
    expect(await cached.complete(requests[0]!)).toEqual(first);
    expect(await cached.complete(requests[39]!)).toEqual(answer(requests[39]!));
  });

  const edited = (change: (text: string) => string) => (bundle: Buffer) => gzipSync(change(gunzipSync(bundle).toString()));
  const lines = (change: (rows: string[]) => string[]) => edited((text) => `${change(text.trim().split("\n")).join("\n")}\n`);
  it.each<[string, (bundle: Buffer) => Buffer, RegExp]>([
    ["cut short", (bundle) => bundle.subarray(0, bundle.length - 20), /unexpected end of file/],
    [
      "with a flipped bit",
      (bundle) => bundle.map((byte, at) => (at === bundle.length - 200 ? byte ^ 1 : byte)) as Buffer,
      /incorrect data check|invalid/,
    ],
    ["with an edited answer", edited((text) => text.replace("base says", "base sagt")), /content is not what was sealed/],
    ["with an edited manifest", edited((text) => text.replace('"concurrency":4', '"concurrency":5')), /not what was sealed/],
    ["with a record less", lines((rows) => rows.slice(0, -1)), /holds 39 records, not 40/],
    ["with a record twice", lines((rows) => [...rows, rows.at(-1)!]), /record 41 is out of order/],
    [
      "with an unknown field",
      lines((rows) => [rows[0]!, rows[1]!.replace("{", '{"note":"x",'), ...rows.slice(2)]),
      /record 1: .*note/,
    ],
    ["of a later version", edited((text) => text.replace('"schemaVersion":1', '"schemaVersion":2')), /manifest: schemaVersion/],
    ["without its last line break", edited((text) => text.trimEnd()), /last line is cut off/],
    ["that is another file", () => Buffer.from("hello"), /incorrect header check/],
    ["that is empty", () => gzipSync(""), /it is empty/],
  ])("refuses a bundle %s in one line, and takes nothing of it", async (_, damage, line) => {
    const { path } = await recordedBundle();
    const bad = join(temporaryFolder(), "bad.gz");
    writeFileSync(bad, damage(readFileSync(path)));
    const cache = emptyCache();
    const refused = importCalls({ cache, path: bad });
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toThrow(line);
    await expect(refused).rejects.toThrow(/bad\.gz is no whole replay bundle: .*unchanged; check the path, or export it again$/);
    expect(callStatistics(cache).records).toBe(0);
    await expect(openReplay({ bundle: bad })).rejects.toThrow(InputError);
  });

  it("refuses a bundle that is not there", async () => {
    await expect(importCalls({ cache: emptyCache(), path: "/nowhere/x.gz" })).rejects.toThrow(
      /x\.gz is no whole replay bundle: ENOENT/,
    );
  });
});
