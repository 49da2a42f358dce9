// Finding, checking and pulling benchmark files. The files are the mini set's, served under checksums of their own where a
// test needs a pull to succeed without the originals.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type BenchmarkFile,
  checkBenchmarks,
  findBenchmarkFile,
  getTask,
  listBenchmarks,
  openTask,
  pullBenchmarks,
} from "../../../kernel-lib/src/evaluate/tasks/index.js";
import { InputError, projectRoot, RunError, sha256 } from "../../../kernel-lib/src/runtime/index.js";

const mini = join(projectRoot(), "data", "benchmarks");
const { files } = getTask("ncbi-disease");
let scratch: string;
let server: Server | undefined;
const restore: (() => void)[] = [];

const cached = (name: string) => join(scratch, "cache", "benchmarks", name);

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Pins the task's files to the bytes of the mini set until the test ends. */
function pinToMini(pinned: BenchmarkFile[]): void {
  for (const file of pinned) {
    const original = file.sha256;
    file.sha256 = sha256(readFileSync(join(mini, file.name)));
    restore.push(() => {
      if (original !== undefined) file.sha256 = original;
    });
  }
}

/** A loopback server that answers each request by `answer`, reached by a fetch that keeps the path of the real address. */
async function serve(
  answer: (path: string) => { status: number; body: string | Buffer } | "hang",
): Promise<{ fetch: typeof fetch; asked: string[] }> {
  const asked: string[] = [];
  const listening = createServer((request, response) => {
    const path = request.url!;
    asked.push(path);
    const answered = answer(path);
    if (answered === "hang") return;
    response.writeHead(answered.status).end(answered.body);
  });
  server = listening;
  await new Promise<void>((ready) => listening.listen(0, "127.0.0.1", ready));
  const { port } = listening.address() as AddressInfo;
  const toLoopback: typeof fetch = (url, init) => fetch(`http://127.0.0.1:${port}${new URL(String(url)).pathname}`, init);
  return { fetch: toLoopback, asked };
}

const miniBytes = (path: string) => ({
  status: 200,
  body: readFileSync(join(mini, files.find(({ url }) => url?.endsWith(path))!.name)),
});

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "selfspec-benchmarks-"));
  vi.stubEnv("SELFSPEC_CACHE", join(scratch, "cache"));
  vi.stubEnv("SELFSPEC_BENCHMARKS", "");
});

afterEach(() => {
  for (const undo of restore.splice(0)) undo();
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  vi.unstubAllEnvs();
  rmSync(scratch, { recursive: true, force: true });
});

describe("findBenchmarkFile", () => {
  const name = "ncbi-disease/test.tsv";

  it("looks in --from, then the cache; directly or under raw/", () => {
    expect(findBenchmarkFile({ name })).toBeUndefined();
    put(cached(name), "");
    expect(findBenchmarkFile({ name })).toBe(cached(name));
    put(join(scratch, "mine", "raw", name), "");
    expect(findBenchmarkFile({ name, from: join(scratch, "mine") })).toBe(join(scratch, "mine", "raw", name));
    put(join(scratch, "mine", name), "");
    expect(findBenchmarkFile({ name, from: join(scratch, "mine") })).toBe(join(scratch, "mine", name));
    expect(findBenchmarkFile({ name: "ncbi-disease/devel.tsv", from: join(scratch, "mine") })).toBeUndefined();
  });

  it("takes SELFSPEC_BENCHMARKS where no --from is given, and refuses either where it is no folder", () => {
    put(join(scratch, "mine", name), "");
    vi.stubEnv("SELFSPEC_BENCHMARKS", join(scratch, "mine"));
    expect(findBenchmarkFile({ name })).toBe(join(scratch, "mine", name));
    expect(() => findBenchmarkFile({ name, from: join(scratch, "nowhere") })).toThrow(/^--from is .*nowhere, which is no folder/);
    vi.stubEnv("SELFSPEC_BENCHMARKS", join(scratch, "nowhere"));
    expect(() => findBenchmarkFile({ name })).toThrow(/^SELFSPEC_BENCHMARKS is .*nowhere/);
  });
});

describe("pullBenchmarks", () => {
  it("downloads into the cache, and asks for nothing the second time", async () => {
    pinToMini(files);
    const { fetch, asked } = await serve(miniBytes);
    const first = await pullBenchmarks({ tasks: ["ncbi-disease"], fetch });
    expect(first.map(({ name, how }) => [name, how])).toEqual(files.map(({ name }) => [name, "downloaded"]));
    for (const { name } of files) expect(readFileSync(cached(name))).toEqual(readFileSync(join(mini, name)));
    const second = await pullBenchmarks({ tasks: ["ncbi-disease"], fetch });
    expect(second.map(({ how }) => how)).toEqual(["kept", "kept"]);
    expect(asked).toHaveLength(2);
  });

  it("continues after an interruption with what is missing", async () => {
    pinToMini(files);
    const partly = await serve((path) => (path.endsWith("test.tsv") ? miniBytes(path) : { status: 503, body: "later" }));
    await expect(pullBenchmarks({ tasks: ["ncbi-disease"], fetch: partly.fetch })).rejects.toThrow(
      /1 benchmark file .*HTTP 503.*devel\.tsv/,
    );
    server!.close();
    const whole = await serve(miniBytes);
    const pulled = await pullBenchmarks({ tasks: ["ncbi-disease"], fetch: whole.fetch });
    expect(pulled.map(({ how }) => how)).toEqual(["kept", "downloaded"]);
    expect(whole.asked.map((path) => path.split("/").at(-1))).toEqual(["devel.tsv"]);
  });

  it("refuses bytes with another checksum and writes none of them", async () => {
    const { fetch } = await serve(() => ({ status: 200, body: "something else" }));
    const pulling = pullBenchmarks({ tasks: ["ncbi-disease"], fetch });
    await expect(pulling).rejects.toThrow(InputError);
    await expect(pulling).rejects.toThrow(`${sha256("something else")}; allowed: ${files[0]!.sha256}`);
    expect(existsSync(cached(files[0]!.name))).toBe(false);
  });

  it("leaves alone a file in the cache that it did not write", async () => {
    put(cached(files[0]!.name), "the user's own");
    const { fetch, asked } = await serve(miniBytes);
    await expect(pullBenchmarks({ tasks: ["ncbi-disease"], fetch })).rejects.toThrow(cached(files[0]!.name));
    expect(readFileSync(cached(files[0]!.name), "utf8")).toBe("the user's own");
    expect(asked).toEqual([]);
  });

  it("without a network names each file and where to put it by hand, after one attempt; data check has its address", async () => {
    const closed = await serve(() => "hang");
    const { port } = server!.address() as AddressInfo;
    await new Promise((ended) => server!.close(ended));
    server = undefined;
    let attempts = 0;
    const refused: typeof fetch = () => {
      attempts++;
      return fetch(`http://127.0.0.1:${port}/`);
    };
    const error = await pullBenchmarks({ fetch: refused }).catch((reason: unknown) => reason as Error);
    expect(error).toBeInstanceOf(RunError);
    const { message } = error as Error;
    const downloadable = checkBenchmarks().filter(({ url }) => url !== undefined);
    expect(message).toMatch(
      new RegExp(`^${downloadable.length} benchmark files could not be downloaded \\(connect ECONNREFUSED`),
    );
    expect(message).not.toContain("\n");
    for (const { name } of downloadable) expect(message).toContain(name);
    expect(message).toContain(`by hand under ${join(scratch, "cache", "benchmarks")}; \`npm run selfspec -- data check --json\``);
    expect([attempts, closed.asked]).toEqual([1, []]);
  });

  it("gives up on a server that accepts and then says nothing", async () => {
    const { fetch } = await serve(() => "hang");
    await expect(pullBenchmarks({ tasks: ["ncbi-disease"], fetch, timeoutMs: 50 })).rejects.toThrow("no answer within 0.05 s");
  });

  it("stops when the user stops it", async () => {
    const stop = new AbortController();
    const { fetch } = await serve(() => {
      stop.abort();
      return "hang";
    });
    await expect(pullBenchmarks({ fetch, signal: stop.signal })).rejects.toThrow("stopped in benchmarks");
  });

  it("copies from a folder without any network, and names what the folder lacks", async () => {
    pinToMini(files);
    const never: typeof fetch = () => expect.fail("downloaded");
    const pulled = await pullBenchmarks({ tasks: ["ncbi-disease"], from: mini, fetch: never });
    expect(pulled.map(({ how, name }) => [how, existsSync(cached(name))])).toEqual([
      ["copied", true],
      ["copied", true],
    ]);
    mkdirSync(join(scratch, "empty"));
    await expect(pullBenchmarks({ tasks: ["anatem"], from: join(scratch, "empty") })).rejects.toThrow(
      /^2 benchmark files not found in .*empty: anatem\/test\.tsv, anatem\/devel\.tsv;/,
    );
  });

  it("refuses a copy with another checksum and names the task ids when one is unknown", async () => {
    await expect(pullBenchmarks({ tasks: ["ncbi-disease"], from: mini })).rejects.toThrow(/sha256 .* allowed: 8f088ce4/);
    await expect(pullBenchmarks({ tasks: ["bc5cdr"] })).rejects.toThrow(
      /unknown task "bc5cdr"; allowed: bioasq-factoid, .*ncbi-disease/,
    );
  });
});

describe("checkBenchmarks and listBenchmarks", () => {
  it("tell missing, changed and good files apart", () => {
    pinToMini([files[0]!]);
    put(cached(files[0]!.name), readFileSync(join(mini, files[0]!.name), "utf8"));
    put(cached(files[1]!.name), "changed");
    expect(checkBenchmarks({ tasks: ["ncbi-disease", "anatem"] }).map(({ state }) => state)).toEqual([
      "ok",
      "changed",
      "missing",
      "missing",
    ]);
    const rows = listBenchmarks();
    const row = (id: string) => rows.find((candidate) => candidate.id === id);
    expect([row("ncbi-disease")?.state, row("anatem")?.state]).toEqual(["changed", "missing"]);
    expect(row("ncbi-disease")).toMatchObject({
      suite: "paper",
      bytes: 406_016,
      licence: expect.stringContaining("public domain"),
    });
  });

  it("count a file that two tasks read once", () => {
    expect(checkBenchmarks({ tasks: ["pubmedqa", "pubmedqa-long"] })).toHaveLength(2);
  });
});

describe("a file that is the user's own", () => {
  const name = "bioasq/golden.json";
  const golden = readFileSync(join(mini, name), "utf8");
  const tasks = ["bioasq-yesno"];

  it("is never downloaded: a pull skips it with what to do, and downloads the rest", async () => {
    pinToMini(files);
    const { fetch, asked } = await serve(miniBytes);
    const pulled = await pullBenchmarks({ tasks: [...tasks, "ncbi-disease"], fetch });
    expect(pulled.map(({ how }) => how)).toEqual(["skipped", "downloaded", "downloaded"]);
    expect(pulled[0]).toMatchObject({ name, obtain: expect.stringContaining("register with BioASQ") });
    expect([asked.length, existsSync(cached(name))]).toEqual([2, false]);
  });

  it("is copied from a folder, kept as it is, and told by its checksum", async () => {
    put(join(scratch, "mine", name), golden);
    const [copied] = await pullBenchmarks({ tasks, from: join(scratch, "mine") });
    expect(copied).toEqual({ name, how: "copied", path: cached(name), bytes: Buffer.byteLength(golden) });
    expect(await pullBenchmarks({ tasks })).toMatchObject([{ how: "kept" }]);
    const found = { sha256: sha256(golden), bytes: Buffer.byteLength(golden) };
    expect(checkBenchmarks({ tasks })).toMatchObject([{ name, state: "own", found }]);
    expect(openTask({ taskId: "bioasq-yesno" })).toMatchObject({ origin: "original", files: [{ name, sha256: sha256(golden) }] });
  });

  it("replaces the one in the cache where the folder that is named has another, also beside files that are not there", async () => {
    put(cached(name), "an older one");
    put(join(scratch, "mine", name), golden);
    await expect(pullBenchmarks({ tasks: [...tasks, "ddi"], from: join(scratch, "mine") })).rejects.toThrow(
      /1 benchmark file not found in .*DDICorpus-2013\.zip \(already in the cache: 1\);.* name the tasks that are wanted/,
    );
    expect(readFileSync(cached(name), "utf8")).toBe(golden);
  });

  it("is missing with what to do where it is nowhere, and has its size where it is", () => {
    const row = () => listBenchmarks().find(({ id }) => id === "bioasq-yesno")!;
    expect(row()).toMatchObject({ state: "missing", bytes: 0, obtain: expect.stringContaining("register with BioASQ") });
    put(cached(name), golden);
    expect(row()).toMatchObject({ state: "own", bytes: Buffer.byteLength(golden) });
    expect(row().obtain).toBeUndefined();
  });

  it("gives way to the mini set where it is nowhere, with what to do", () => {
    expect(openTask({ taskId: "bioasq-yesno" })).toMatchObject({
      origin: "mini",
      files: [{ name: "bioasq/golden.json" }],
      notice: expect.stringContaining("register with BioASQ"),
    });
  });
});

describe("a file packed by gzip", () => {
  it("is checked, copied and read by its unpacked bytes, and refused where it is broken", async () => {
    pinToMini(files);
    const from = join(scratch, "mine");
    mkdirSync(join(from, "ncbi-disease"), { recursive: true });
    for (const file of files) writeFileSync(join(from, `${file.name}.gz`), gzipSync(readFileSync(join(mini, file.name))));
    expect(checkBenchmarks({ tasks: ["ncbi-disease"], from }).map(({ state }) => state)).toEqual(["ok", "ok"]);
    expect(openTask({ taskId: "ncbi-disease", from }).origin).toBe("original");
    await pullBenchmarks({ tasks: ["ncbi-disease"], from });
    for (const file of files) expect(readFileSync(cached(file.name))).toEqual(readFileSync(join(mini, file.name)));
    writeFileSync(join(from, `${files[0]!.name}.gz`), "broken");
    expect(() => openTask({ taskId: "ncbi-disease", from })).toThrow(/test\.tsv\.gz cannot be unpacked/);
  });
});

describe("openTask", () => {
  it("falls back to the mini set where the originals are nowhere, and says why and what to do", () => {
    const { origin, items, notice } = openTask({ taskId: "anatem" });
    expect([origin, items.test.length, items.demonstrations.length]).toEqual(["mini", 40, 10]);
    expect(notice).toMatch(/mini set, not the benchmark .*anatem\/test\.tsv, anatem\/devel\.tsv not found.*data pull/);
  });

  it("falls back where only some of a task's files are there", () => {
    put(cached(files[0]!.name), "anything");
    expect(openTask({ taskId: "ncbi-disease" })).toMatchObject({
      origin: "mini",
      notice: expect.stringContaining("devel.tsv not found"),
    });
  });

  it("refuses originals with another checksum rather than scoring on them", () => {
    for (const { name } of files) put(cached(name), "a\tO\n");
    expect(() => openTask({ taskId: "ncbi-disease" })).toThrow(InputError);
  });

  it("has nothing to say where it reads the originals", () => {
    pinToMini(files);
    const opened = openTask({ taskId: "ncbi-disease", from: mini });
    expect([opened.origin, opened.notice]).toEqual(["original", undefined]);
    const bytesOf = (name: string): number => readFileSync(join(mini, name)).length;
    expect(opened.files).toEqual(files.map(({ name, sha256 }) => ({ name, sha256, bytes: bytesOf(name) })));
  });

  it("names what it read of a mini set too, each file of an unpacked archive by itself", () => {
    const opened = openTask({ taskId: "hoc" });
    expect(opened.origin).toBe("mini");
    expect(opened.files.length).toBeGreaterThan(1);
    for (const { name, sha256: digest, bytes } of opened.files) {
      const content = readFileSync(join(mini, name));
      expect([name, digest, bytes]).toEqual([name, sha256(content), content.length]);
    }
  });
});
