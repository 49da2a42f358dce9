import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { complaintOf, type Ended, selfspec, temporaryFolder } from "../cli/command.js";
import { writeExperiment } from "../cli/experiment-file.js";
import { type ScriptedServer, startScriptedServer } from "../cli/scripted-server.js";

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScriptedServer(undefined, 0);
});
afterAll(() => server.close());

const run = (endpoint: object, more: string[], directory = temporaryFolder()): Promise<Ended> => {
  const experiment = writeExperiment({
    model: "scripted",
    endpoint: { baseURL: server.baseURL, concurrency: 4, ...endpoint },
    budget: { seeds: 24, targetRows: 24, maxAttempts: 64 },
  });
  return selfspec(["run", experiment, "--size", "smoke", "--dir", directory, ...more]);
};
const prices = { inputPerMillion: 10, outputPerMillion: 20, currency: "EUR" };
const asked = async (work: () => Promise<Ended>): Promise<{ calls: number; ended: Ended }> => {
  const before = server.requests();
  const ended = await work();
  return { calls: server.requests() - before, ended };
};

describe("P9: money", () => {
  it("is forecast as a range, stage by stage, before the first call", async () => {
    const { calls, ended } = await asked(() => run({ prices }, ["--forecast", "--json"]));
    expect(calls).toBe(0);
    const { stages, money } = JSON.parse(ended.stdout) as {
      stages: { stage: string; money: { low: number; high: number } }[];
      money: { low: number; high: number };
    };
    expect(stages.map(({ stage }) => stage)).toEqual(["instructions", "responses", "evaluate"]);
    expect(money.low).toBeGreaterThan(0);
    expect(money.high).toBeCloseTo(
      stages.reduce((sum, stage) => sum + stage.money.high, 0),
      10,
    );
  });

  it("is shown while it is spent", async () => {
    const { ended } = await asked(() => run({ prices }, ["--until", "instructions"]));
    expect(ended.stderr).toMatch(/instructions .* EUR/);
  });

  it("stops a run whose projected total is above the cap, with the rows kept", async () => {
    const whole = temporaryFolder();
    const { calls: needed } = await asked(() => run({ prices }, ["--until", "dataset"], whole));
    const directory = temporaryFolder();
    const { low } = (JSON.parse((await run({ prices }, ["--forecast", "--json"])).stdout) as { money: { low: number } }).money;
    const { calls, ended } = await asked(() => run({ prices, spendCap: low * 1.01 }, ["--until", "dataset"], directory));
    expect(ended.code).toBe(1);
    expect(complaintOf(ended)).toMatch(
      /the whole run would cost about .* EUR, of which .* is spent in instructions; allowed: a cap of/,
    );
    expect(calls).toBeLessThan(needed / 2);
    expect(readFileSync(join(directory, "instructions", "raw.jsonl"), "utf8").split("\n").length).toBeGreaterThan(10);
  });

  it("refuses a cap that no run can keep, and one without prices, before any call", async () => {
    const cheap = await asked(() => run({ prices, spendCap: 1e-6 }, []));
    expect([cheap.calls, cheap.ended.code]).toEqual([0, 2]);
    expect(complaintOf(cheap.ended)).toContain("raise the cap or ask for fewer rows; nothing was asked yet");
    const blind = await asked(() => run({ spendCap: 1 }, []));
    expect([blind.calls, blind.ended.code]).toEqual([0, 2]);
    expect(complaintOf(blind.ended)).toContain("endpoint.spendCap 1 without endpoint.prices");
  });
});
