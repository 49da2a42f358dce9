// A run as a notebook makes it: in a child process that may die without taking the kernel along.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { openRun, type Run } from "../../kernel-lib/src/experiments/index.js";
import { InputError, lockDirectory, type ProgressEvent, RunError, StoppedError } from "../../kernel-lib/src/runtime/index.js";
import { temporaryFolder } from "../cli/command.js";
import { writeExperiment } from "../cli/experiment-file.js";
import { type ScriptedServer, startScriptedServer } from "../cli/scripted-server.js";

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScriptedServer();
});
beforeEach(() => vi.stubEnv("SELFSPEC_HOME", temporaryFolder())); // with a call cache of its own
afterEach(() => server.watch(() => {}));
afterAll(() => {
  server.close();
  vi.unstubAllEnvs();
});

const newRun = (): Run =>
  openRun({
    config: writeExperiment({
      model: "scripted",
      endpoint: { baseURL: server.baseURL },
      budget: { seeds: 24, targetRows: 12, maxAttempts: 40 },
    }),
    size: "smoke",
    directory: temporaryFolder(),
  });

/** Acts once, when the child asks for its thirtieth completion, some rows being written. */
const atThirtieth = (act: () => void): void =>
  server.watch(({ stage, number }) => {
    if (stage === "instructions" && number === 30) act();
  });

const execute = (run: Run, more: { signal?: AbortSignal; onProgress?: (event: ProgressEvent) => void } = {}) =>
  run.execute({ inChild: true, until: "dataset", ...more });

const childOf = (run: Run): number =>
  (JSON.parse(readFileSync(join(run.directory.path, ".lock"), "utf8")) as { pid: number }).pid;

const failureOf = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => expect.fail("nothing was thrown"),
    (error: Error) => error,
  );

describe("a run in a child process", { timeout: 60_000 }, () => {
  it("streams progress and gives what the finished stages left on disk", async () => {
    const run = newRun();
    const events: ProgressEvent[] = [];
    const result = await execute(run, { onProgress: (event) => events.push(event) });
    expect(result.triples.length).toBeGreaterThan(0);
    expect(result.ledgers.map(({ stage }) => stage)).toEqual(["instructions", "responses"]);
    const finished = events.filter(({ state }) => state === "finished").map(({ stage }) => stage);
    expect(finished).toEqual(["seeds", "instructions", "responses", "contamination", "dataset"]);
    expect(events.some(({ stage, state, done }) => stage === "instructions" && state === "running" && done! > 0)).toBe(true);
  });

  it("that is killed is told as such, and the next call continues it", async () => {
    const run = newRun();
    atThirtieth(() => process.kill(childOf(run), "SIGKILL"));
    const error = await failureOf(execute(run));
    expect(error).toBeInstanceOf(RunError);
    expect(error.message).toMatch(/ended by SIGKILL \(out of memory\?\).*execute again to continue/);
    server.watch(() => {});
    expect((await execute(run)).triples.length).toBeGreaterThan(0);
  });

  it("stops on the caller's signal, the rows on their way finished", async () => {
    const run = newRun();
    const abandoned = server.abandoned();
    const stop = new AbortController();
    atThirtieth(() => stop.abort());
    expect(await failureOf(execute(run, { signal: stop.signal }))).toBeInstanceOf(StoppedError);
    const rows = readFileSync(join(run.directory.path, "instructions", "raw.jsonl"), "utf8");
    expect(rows).toMatch(/\n$/);
    expect(server.abandoned()).toBe(abandoned);
  });

  it("that crashes is told with the crash's own words", async () => {
    const crash = join(temporaryFolder(), "crash.cjs");
    writeFileSync(crash, 'throw new TypeError("a wire came loose");');
    vi.stubEnv("NODE_OPTIONS", `--require ${crash}`);
    const error = await failureOf(execute(newRun()));
    vi.stubEnv("NODE_OPTIONS", undefined);
    expect(error).toBeInstanceOf(RunError);
    expect(error.message).toMatch(/^the run's process ended with 1: TypeError: a wire came loose; finished rows/);
  });

  it("passes on what the child refuses, as the same kind of error", async () => {
    const run = newRun();
    const unlock = lockDirectory(run.directory.path);
    try {
      const error = await failureOf(execute(run));
      expect(error).toBeInstanceOf(InputError);
      expect(error.message).toContain(`is in use by process ${process.pid}`);
    } finally {
      unlock();
    }
  });
});
