import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Endpoint, Traffic } from "../../kernel-lib/src/endpoint/index.js";
import { rawCompletionSchema } from "../../kernel-lib/src/generate/rows.js";
import { type PlannedRequest, runRequests } from "../../kernel-lib/src/generate/run-requests.js";
import { type JsonlLog, openJsonlLog, RunError, StoppedError } from "../../kernel-lib/src/runtime/index.js";
import { scriptedEndpoint } from "./scripted-endpoint.js";

type Raw = (typeof rawCompletionSchema)["_output"];

let log: JsonlLog<Raw>;
let logged: string[];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  log = openJsonlLog(join(mkdtempSync(join(tmpdir(), "selfspec-requests-")), "raw.jsonl"), rawCompletionSchema);
  logged = [];
});
afterEach(() => {
  vi.useRealTimers();
  log.close();
});

const answer = {
  text: "done",
  finishReason: "stop" as const,
  usage: { promptTokens: 1, completionTokens: 1 },
  demoIds: [],
  promptHash: "0".repeat(64),
  model: "scripted-model",
};

/** Requests that take so many milliseconds each, or until they are let go. */
const slow = (milliseconds: Record<string, number>): PlannedRequest[] =>
  Object.entries(milliseconds).map(([key, time]) => ({
    key,
    send: (signal) =>
      new Promise((resolve, reject) => {
        setTimeout(() => resolve(answer), time);
        signal.addEventListener("abort", () => reject(new StoppedError("a completion")));
      }),
  }));

const failing = (key: string, error: Error): PlannedRequest => ({ key, send: () => Promise.reject(error) });

function run(requests: readonly PlannedRequest[], more: Partial<Parameters<typeof runRequests>[0]> = {}): Promise<unknown> {
  return runRequests({
    stage: "instructions",
    endpoint: scriptedEndpoint(() => ({})),
    lanes: requests.map((request) => [request]),
    log,
    concurrency: 2,
    onCompletion: ({ key }) => void logged.push(key),
    report: () => {},
    isDone: () => false,
    ...more,
  }).then(
    () => "ended",
    (error: unknown) => error,
  );
}

const abortedAfter = (milliseconds: number): AbortSignal => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), milliseconds);
  return stop.signal;
};

describe("a stop", () => {
  it("lets rows on their way arrive and sends nothing new, not even what the endpoint keeps waiting", async () => {
    const dropWaiting = vi.fn();
    const endpoint: Endpoint = { ...scriptedEndpoint(() => ({})), dropWaiting };
    const ended = run(slow({ a: 10_000, b: 20_000, c: 1 }), { endpoint, signal: abortedAfter(1000) });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await ended).toBeInstanceOf(StoppedError);
    expect(logged).toEqual(["a", "b"]);
    expect(dropWaiting).toHaveBeenCalledOnce();
  });

  it("lets go of what takes longer than the grace", async () => {
    const ended = run(slow({ a: 5000, b: 1_000_000 }), { signal: abortedAfter(1000), graceSeconds: 30 });
    await vi.advanceTimersByTimeAsync(31_000);
    expect(await ended).toBeInstanceOf(StoppedError);
    expect(logged).toEqual(["a"]);
  });

  it("of batches waits for nothing: the next process collects them", async () => {
    const endpoint: Endpoint = { ...scriptedEndpoint(() => ({})), inBatches: true };
    const ended = run(slow({ a: 5000 }), { endpoint, signal: abortedAfter(1000) });
    await vi.advanceTimersByTimeAsync(1000);
    expect(await ended).toBeInstanceOf(StoppedError);
  });
});

describe("an error", () => {
  it("P1: keeps the rows that still arrive, sends nothing new, and is thrown after them", async () => {
    const error = new RunError({ got: "the key was refused" });
    const [a, c] = slow({ a: 5000, c: 1 });
    const ended = run([a!, failing("b", error), c!]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(await ended).toBe(error);
    expect(logged).toEqual(["a"]);
  });

  it("of the listener to notes between two rows ends the run like any other", async () => {
    const error = new RunError({ got: "too dear" });
    const ended = run(slow({ a: 5000, b: 5000, c: 1 }), {
      endpoint: throttledEndpoint(),
      report: (note) => {
        if (note?.startsWith("throttled")) throw error;
      },
    });
    await vi.advanceTimersByTimeAsync(5000);
    expect(await ended).toBe(error);
    expect(logged).toEqual(["a", "b"]);
  });
});

it("what is under way at the target is let go", async () => {
  const ended = run(slow({ a: 10, b: 1_000_000 }), { isDone: () => logged.length > 0 });
  await vi.advanceTimersByTimeAsync(10);
  expect(await ended).toBe("ended");
});

it("requests of one lane wait for each other, except where batches answer", async () => {
  for (const [inBatches, most] of [
    [false, 1],
    [true, 3],
  ] as const) {
    const endpoint: Endpoint = { ...scriptedEndpoint(() => ({})), inBatches };
    let underWay = 0;
    let seen = 0;
    const watched = slow({ [`a ${inBatches}`]: 5, [`b ${inBatches}`]: 5, [`c ${inBatches}`]: 5 }).map(({ key, send }) => ({
      key,
      async send(signal: AbortSignal) {
        seen = Math.max(seen, ++underWay);
        return send(signal).finally(() => underWay--);
      },
    }));
    const ended = run([], { endpoint, lanes: [watched], concurrency: 8 });
    await vi.advanceTimersByTimeAsync(15);
    expect(await ended).toBe("ended");
    expect(seen).toBe(most);
  }
});

const calm: Traffic = { inFlight: 2, limit: 2, waiting: 0, sent: 9, throttled: 0, pausedSeconds: 0, throttledSeconds: 0 };
const throttledEndpoint = (change: Partial<Traffic> = { throttledSeconds: 75, pausedSeconds: 3.2 }): Endpoint => ({
  ...scriptedEndpoint(() => ({})),
  traffic: () => ({ ...calm, ...change }),
});

describe("P8: while nothing arrives, a person is told why every second", () => {
  it.each([
    [{ throttledSeconds: 75, pausedSeconds: 3.2 }, "throttled for 75 s, waiting 4 s"],
    [{ throttledSeconds: 3, pausedSeconds: 0.25 }, "throttled for 3 s, trying again"],
    [{ pausedSeconds: 20 }, "the server's limit is used up, waiting 20 s"],
    [{ waiting: 14, limit: 2 }, "14 wait their turn, 2 at once"],
    [{}, undefined],
  ])("%j: %s", async (traffic, line) => {
    const notes = new Set<string | undefined>();
    const ended = run(slow({ a: 2500 }), { endpoint: throttledEndpoint(traffic), report: (note) => void notes.add(note) });
    await vi.advanceTimersByTimeAsync(2500);
    await ended;
    expect([...notes]).toEqual(line === undefined ? [undefined] : [line, undefined]);
  });

  it("after a stop, how many rows are still on their way", async () => {
    const notes: (string | undefined)[] = [];
    const ended = run(slow({ a: 5000, b: 5000 }), { signal: abortedAfter(500), report: (note) => void notes.push(note) });
    await vi.advanceTimersByTimeAsync(5000);
    await ended;
    expect(notes[0]).toBe("stopping, 2 on their way");
  });
});
