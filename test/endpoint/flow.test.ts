import { getEventListeners } from "node:events";
import fc from "fast-check";
import { APIConnectionError, APIConnectionTimeoutError, APIError } from "openai";
import { describe, expect, it } from "vitest";
import { createAdaptiveLimit } from "../../kernel-lib/src/endpoint/flow/adaptive-limit.js";
import { classifyFailure, UnreadableReply } from "../../kernel-lib/src/endpoint/flow/classify-failure.js";
import { createFlow, type FlowOptions } from "../../kernel-lib/src/endpoint/flow/flow.js";
import { FlowFailure } from "../../kernel-lib/src/endpoint/flow/flow-failure.js";
import { createPace } from "../../kernel-lib/src/endpoint/flow/pace.js";
import { durationSeconds, waitHintSeconds } from "../../kernel-lib/src/endpoint/flow/wait-hint.js";
import { deriveRandom, StoppedError } from "../../kernel-lib/src/runtime/index.js";
import { virtualTiming } from "./flow-simulation.js";

const status = (code: number, headers: Record<string, string> = {}, body: object = { message: "scripted" }): APIError =>
  APIError.generate(code, { error: body }, undefined, new Headers(headers));

interface Call {
  row: number;
  number: number;
  at: number;
  inFlight: number;
}

/** `rows` requests against a server that answers after 100 virtual milliseconds, or throws what `answer` throws. */
async function simulate(
  options: Partial<FlowOptions> & {
    rows: number;
    answer: (call: Call) => void;
    latency?: (call: Call) => number;
    tokens?: number;
  },
) {
  const { rows, answer, latency = () => 100, tokens, ...rest } = options;
  const timing = virtualTiming();
  const flow = createFlow({ concurrency: 16, retries: 4, timing, ...rest });
  const calls: Call[] = [];
  let inFlight = 0;
  const outcomes = await Promise.allSettled(
    Array.from({ length: rows }, (_, row) =>
      flow.run({
        ...(tokens !== undefined && { tokens, spent: () => tokens }),
        async send() {
          const call = { row, number: calls.length, at: timing.now(), inFlight: ++inFlight };
          calls.push(call);
          try {
            await timing.wait(latency(call));
            answer(call);
            return row;
          } finally {
            inFlight--;
          }
        },
      }),
    ),
  );
  const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
  return { calls, failures, done: rows - failures.length, milliseconds: timing.now(), flow };
}

describe("classification", () => {
  const network = (code: string) => new APIConnectionError({ cause: Object.assign(new Error(code), { code }) });
  it.each([
    [401, "fatal"],
    [403, "fatal"],
    [404, "fatal"],
    [400, "fatal"],
    [422, "fatal"],
    [501, "fatal"],
    [429, "throttled"],
    [408, "retryable"],
    [409, "retryable"],
    [500, "retryable"],
    [503, "retryable"],
    [529, "retryable"],
  ] as const)("P8: status %i is %s", (code, kind) => {
    expect(classifyFailure(status(code))).toBe(kind);
  });

  it("P8: connections, time limits and unreadable replies each have their class", () => {
    expect(classifyFailure(network("ECONNRESET"))).toBe("retryable");
    expect(classifyFailure(network("ECONNREFUSED"))).toBe("fatal");
    expect(classifyFailure(new APIConnectionTimeoutError())).toBe("retryable");
    expect(classifyFailure(new TypeError("terminated", { cause: Object.assign(new Error(), { code: "UND_ERR_SOCKET" }) }))).toBe(
      "retryable",
    );
    expect(classifyFailure(new UnreadableReply("choices"))).toBe("bad-output");
    expect(classifyFailure(new SyntaxError("Unexpected end of JSON input"))).toBe("bad-output");
    expect(classifyFailure(new TypeError("undefined is not a function"))).toBe("fatal");
  });

  it("P8: 429 for an account without credit is fatal", () => {
    expect(classifyFailure(status(429, {}, { code: "insufficient_quota", message: "scripted" }))).toBe("fatal");
  });
});

describe("what a server asks to wait", () => {
  it.each([
    [{ "retry-after": "7" }, 7],
    [{ "retry-after": "0.5" }, 0.5],
    [{ "retry-after": "9", "retry-after-ms": "250" }, 0.25],
    [{ "retry-after": "Mon, 02 Jan 2023 10:00:30 GMT", date: "Mon, 02 Jan 2023 10:00:00 GMT" }, 30],
    [{ "retry-after": "Mon, 02 Jan 2023 09:00:00 GMT", date: "Mon, 02 Jan 2023 10:00:00 GMT" }, 0],
    [{ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1m6s", "x-ratelimit-reset-requests": "2h" }, 66],
    [{ "x-ratelimit-remaining-requests": "5", "x-ratelimit-reset-requests": "1s" }, undefined],
    [{ "retry-after": "soon" }, undefined],
    [{}, undefined],
  ])("%j", (headers, seconds) => {
    expect(waitHintSeconds(new Headers(headers as Record<string, string>))).toBe(seconds);
  });

  it("reads durations in every unit and nothing else", () => {
    expect(durationSeconds("1h2m3s")).toBe(3723);
    expect(durationSeconds("20ms")).toBe(0.02);
    expect(durationSeconds("3 apples")).toBeUndefined();
  });
});

describe("adaptive limit", () => {
  it("starts with one request, goes to the maximum, halves once a round trip and grows by one a round trip", () => {
    const limit = createAdaptiveLimit({ maximum: 16 });
    expect(limit.current).toBe(1);
    limit.succeeded();
    expect(limit.current).toBe(16);
    expect(limit.throttled(5, 17)).toBe(true);
    expect(limit.throttled(17, 20)).toBe(false);
    expect(limit.current).toBe(8);
    for (let reply = 0; reply < 9; reply++) limit.succeeded();
    expect(limit.current).toBe(9);
    for (let round = 1; round < 20; round++) limit.throttled(100 * round, 100 * round);
    expect(limit.current).toBe(1);
  });

  it("never has more in flight than its limit, in any schedule of refusals", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.nat(), async (concurrency, seed) => {
        const { calls, done } = await simulate({
          rows: 40,
          concurrency,
          latency: ({ number }) => 50 + deriveRandom("latency", seed, number).integer(100),
          answer({ number }) {
            if (deriveRandom("refusal", seed, number).uniform() < 0.4) throw status(429);
          },
        });
        expect(Math.max(...calls.map(({ inFlight }) => inFlight))).toBeLessThanOrEqual(concurrency);
        expect(done).toBe(40);
      }),
      { numRuns: 25 },
    );
  });

  it("settles near what the server carries", async () => {
    const { calls, done } = await simulate({
      rows: 1000,
      concurrency: 64,
      answer({ inFlight }) {
        if (inFlight > 10) throw status(429);
      },
    });
    expect(done).toBe(1000);
    expect(calls.length).toBeLessThan(1300);
    const late = calls.slice(500);
    expect(late.reduce((sum, { inFlight }) => sum + inFlight, 0) / late.length).toBeGreaterThan(3);
  });

  it("is left alone where it is fixed", async () => {
    const { calls } = await simulate({ rows: 20, concurrency: 8, fixed: true, answer: () => {} });
    expect(calls.slice(0, 8).every(({ at }) => at === 0)).toBe(true);
  });
});

describe("rates a minute", () => {
  it("no 60 seconds see more requests than the limit, and the limit is nearly used", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (perMinute) => {
        const pace = createPace(perMinute);
        const times = Array.from({ length: 3 * perMinute }, () => pace.take(1, 0));
        for (const [index, time] of times.entries())
          expect((times[index + perMinute] ?? Number.POSITIVE_INFINITY) - time).toBeGreaterThan(59_999.9);
        expect(times.at(-1)!).toBeLessThan(3 * 61_000);
      }),
      { numRuns: 50 },
    );
  });

  it("requests are spaced to requests per minute", async () => {
    const { calls, milliseconds } = await simulate({ rows: 60, limits: { requestsPerMinute: 60 }, answer: () => {} });
    for (const { at } of calls)
      expect(calls.filter((other) => other.at >= at && other.at < at + 60_000).length).toBeLessThanOrEqual(60);
    expect(milliseconds).toBeGreaterThan(55_000);
    expect(milliseconds).toBeLessThan(65_000);
  });

  it("tokens are spaced to tokens per minute by what the replies say, not by the estimate", async () => {
    const timing = virtualTiming();
    const flow = createFlow({ concurrency: 1, retries: 0, timing, limits: { tokensPerMinute: 6000 } });
    for (let row = 0; row < 61; row++) await flow.run({ tokens: 1000, spent: () => 100, send: async () => row });
    expect(timing.now()).toBeGreaterThan(55_000);
    expect(timing.now()).toBeLessThan(75_000);
  });
});

describe("circuit breaker", () => {
  it("P8: a server that answers 429 nine times in ten is finished against, in a bounded number of tries", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const { calls, done } = await simulate({
          rows: 200,
          answer({ number }) {
            if (deriveRandom("nine in ten", seed, number).uniform() < 0.9) throw status(429);
          },
        });
        expect(done).toBe(200);
        expect(calls.length).toBeLessThan(200 * 15);
      }),
      { numRuns: 5 },
    );
  });

  it("P8: a server that only throttles is given up within its patience, and all that waits with it", async () => {
    const { calls, failures, milliseconds } = await simulate({
      rows: 100,
      concurrency: 64,
      answer() {
        throw status(429);
      },
    });
    expect(failures).toHaveLength(100);
    expect(failures[0]).toMatchObject({ scope: "server" });
    expect(calls.length).toBeLessThan(200);
    expect(milliseconds).toBeLessThan(620_000);
  });

  it("P8: a server that begins to throttle everything in the middle is given up; what was finished is kept", async () => {
    const { calls, done } = await simulate({
      rows: 500,
      concurrency: 64,
      answer({ number }) {
        if (number >= 200) throw status(429);
      },
    });
    expect(done).toBe(200);
    expect(calls.length).toBeLessThan(200 + 128 + 200);
  });

  it("P8: a server's retry-after is waited for by every request", async () => {
    const { calls } = await simulate({
      rows: 30,
      answer({ number }) {
        if (number === 10) throw status(429, { "retry-after": "30" });
      },
    });
    const refusedAt = calls[10]!.at + 100;
    expect(calls.filter(({ at }) => at > refusedAt && at < refusedAt + 30_000)).toEqual([]);
  });

  it("a wait beyond all patience ends the run instead, and says so", async () => {
    const { failures, calls } = await simulate({
      rows: 5,
      answer() {
        throw status(429, { "retry-after": "7200" });
      },
    });
    expect(calls).toHaveLength(1);
    expect(failures[0]).toMatchObject({ scope: "server", asksToWaitSeconds: 7200 });
  });

  it("P8: 401 stops everything after one call at concurrency 64", async () => {
    const { calls, failures } = await simulate({
      rows: 300,
      concurrency: 64,
      answer() {
        throw status(401);
      },
    });
    expect(calls).toHaveLength(1);
    expect(failures).toHaveLength(300);
  });

  it("P8: a storm of 500 stops after a bounded number of tries and loses no finished row", async () => {
    const { calls, failures, done } = await simulate({
      rows: 1000,
      concurrency: 64,
      answer({ number }) {
        if (number >= 300) throw status(500);
      },
    });
    expect(done).toBe(300);
    expect(calls.length).toBeLessThanOrEqual(300 + 64 * 5);
    expect(failures.every((failure) => failure instanceof FlowFailure && failure.scope === "server")).toBe(true);
  });

  it("a hung server costs two time limits, not five", async () => {
    const { calls, failures } = await simulate({
      rows: 10,
      answer() {
        throw new APIConnectionTimeoutError();
      },
    });
    expect(calls).toHaveLength(2);
    expect(failures[0]).toMatchObject({ scope: "server", tries: 2 });
  });

  it.each([
    ["500 at every try", () => status(500), 5],
    ["a refusal", () => status(400), 1],
    ["an unreadable reply", () => new UnreadableReply("choices"), 3],
    ["a time limit", () => new APIConnectionTimeoutError(), 2],
  ])("P8: a single row with %s fails alone", async (_, failure, tries) => {
    const { calls, failures, done } = await simulate({
      rows: 100,
      answer({ row }) {
        if (row === 50) throw failure();
      },
    });
    expect(done).toBe(99);
    expect(failures[0]).toMatchObject({ scope: "request", tries });
    expect(calls).toHaveLength(99 + tries);
  });

  it.each([
    ["refuses everything", () => status(400), 10, 1],
    ["has only mangled answers", () => new UnreadableReply("html"), 3, 3],
  ])("a server that %s is given up after few rows", async (_, failure, rows, tries) => {
    const { calls, failures } = await simulate({
      rows: 500,
      concurrency: 64,
      answer() {
        throw failure();
      },
    });
    expect(calls).toHaveLength(rows * tries);
    expect(failures.at(-1)).toMatchObject({ scope: "server" });
  });

  it("a server that starts again in the middle of a run is waited for", async () => {
    const gone = new APIConnectionError({ cause: Object.assign(new Error(), { code: "ECONNREFUSED" }) });
    const { done } = await simulate({
      rows: 100,
      answer({ at }) {
        if (at > 300 && at < 2000) throw gone;
      },
    });
    expect(done).toBe(100);
  });

  it("a server given up in the middle of a long pause is given up at once", async () => {
    const { failures, milliseconds } = await simulate({
      rows: 100,
      latency: ({ number }) => (number === 5 ? 1000 : 100),
      answer({ number }) {
        if (number === 4) throw status(429, { "retry-after": "300" });
        if (number === 5) throw status(401);
      },
    });
    expect(failures.length).toBeGreaterThan(50);
    expect(milliseconds).toBeLessThan(2000);
  });

  it("after a stop, the next request is tried again", async () => {
    const flow = createFlow({ concurrency: 4, retries: 0, timing: virtualTiming() });
    await expect(flow.run({ send: () => Promise.reject(status(401)) })).rejects.toBeInstanceOf(FlowFailure);
    expect(await flow.run({ send: async () => "ok" })).toBe("ok");
  });
});

it("what waits can be dropped: it ends with a StoppedError, what is on its way is answered, what comes later is sent", async () => {
  const timing = virtualTiming();
  const flow = createFlow({ concurrency: 2, fixed: true, retries: 4, timing });
  let sent = 0;
  const send = async () => {
    sent++;
    await timing.wait(100);
    return "answered";
  };
  const onTheirWay = [flow.run({ send }), flow.run({ send })];
  const queued = flow.run({ send }).catch((error: unknown) => error);
  while (sent < 2) await new Promise((resolve) => setImmediate(resolve));
  flow.dropWaiting();
  expect(await Promise.all(onTheirWay)).toEqual(["answered", "answered"]);
  expect(await queued).toMatchObject({ cause: expect.any(StoppedError) as StoppedError });
  expect(sent).toBe(2);
  expect(await flow.run({ send })).toBe("answered");
});

it("a request that backs off is dropped without a further try", async () => {
  const flow = createFlow({ concurrency: 1, retries: 4 });
  const failed = flow.run({ send: () => Promise.reject(status(503)) });
  while (flow.traffic().sent === 0 || flow.traffic().inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
  flow.dropWaiting();
  await expect(failed).rejects.toMatchObject({ cause: expect.any(StoppedError) as StoppedError });
  expect(flow.traffic().sent).toBe(1);
});

it("an aborted request stops waiting, whether it queues or pauses, and leaves no listener", async () => {
  const flow = createFlow({ concurrency: 1, retries: 4 });
  const abort = new AbortController();
  const first = flow.run({ signal: abort.signal, send: () => Promise.reject(status(429, { "retry-after": "60" })) });
  const second = flow.run({ signal: abort.signal, send: async () => "never" });
  while (flow.traffic().pausedSeconds === 0) await new Promise((resolve) => setImmediate(resolve));
  abort.abort();
  await expect(first).rejects.toMatchObject({ name: "AbortError" });
  await expect(second).rejects.toMatchObject({ name: "AbortError" });
  expect(flow.traffic()).toMatchObject({ inFlight: 0, waiting: 0 });
  expect(getEventListeners(abort.signal, "abort")).toHaveLength(0);
});
