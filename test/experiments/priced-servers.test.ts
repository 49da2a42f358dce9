import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openEvaluation } from "../../kernel-lib/src/experiments/index.js";
import type { ProgressEvent } from "../../kernel-lib/src/runtime/index.js";
import { type AnsweringServer, startAnsweringServer } from "./answering-server.js";
import { writeTunedRun } from "./tuned-run.js";

const free = { inputPerMillion: 0, outputPerMillion: 0 };
const aUnitAnAnswer = { inputPerMillion: 0, outputPerMillion: 1e6 };

let scratch: string;
let server: AnsweringServer;
let other: AnsweringServer;

/** Asks the run's server and another one three questions each; returns what was told. */
async function evaluate(name: string, prices: object | undefined, settings: Record<string, unknown>): Promise<ProgressEvent[]> {
  const told: ProgressEvent[] = [];
  const run = await openEvaluation({
    origin: writeTunedRun(join(scratch, `${name}-origin`), server.baseURL),
    ...{ tasks: ["ncbi-disease"], systems: ["base"], items: 3, shots: [0], likelihood: false },
    settings: {
      "endpoint.cache": false,
      "evaluation.endpoints": [{ name: "other", baseURL: other.baseURL, model: "another", ...(prices && { prices }) }],
      ...settings,
    },
    directory: join(scratch, name),
  });
  await run.execute({ until: "evaluate", onProgress: (event) => told.push(event) });
  return told;
}

const messages = (told: readonly ProgressEvent[]): string => told.map(({ message = "" }) => message).join("\n");

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "selfspec-priced-"));
  vi.stubEnv("SELFSPEC_HOME", join(scratch, "home"));
  vi.stubEnv("SELFSPEC_CACHE", join(scratch, "cache"));
  vi.stubEnv("SELFSPEC_BENCHMARKS", "");
  server = await startAnsweringServer();
  other = await startAnsweringServer();
});

afterAll(() => {
  server.close();
  other.close();
  vi.unstubAllEnvs();
  rmSync(scratch, { recursive: true });
});

describe("P9: another server of an evaluation", () => {
  it("is counted at its own prices beside those of the run's model", async () => {
    const told = await evaluate("counted", aUnitAnAnswer, { "endpoint.prices": free });
    const byOther = told.filter(({ stage }) => stage.endsWith("other"));
    expect(byOther.at(-1)?.message).toMatch(/^3\.00 USD/);
    expect(messages(told)).not.toContain("not counted");
  });

  it("is part of the forecast that the cap refuses, before any call", async () => {
    const asked = other.asked.length;
    const capped = evaluate("capped", aUnitAnAnswer, { "endpoint.prices": free, "endpoint.spendCap": 2 });
    await expect(capped).rejects.toThrow(/would cost 3\.00 USD to .*; allowed: a cap of 2\.00 USD/);
    expect(other.asked.length).toBe(asked);
  });

  it("is named as not counted where it has no prices", async () => {
    const told = await evaluate("blind", undefined, { "endpoint.prices": free, "endpoint.spendCap": 2 });
    expect(messages(told)).toContain(`not counted and not capped, for want of prices: other at ${other.baseURL}`);
  });

  it("is refused where it is paid in another currency", async () => {
    const mixed = evaluate("mixed", { ...free, currency: "EUR" }, { "endpoint.prices": free });
    await expect(mixed).rejects.toThrow(/evaluation\.endpoints other with prices in EUR, others in USD; allowed: one currency/);
  });
});
