import { describe, expect, it } from "vitest";
import {
  createSpendMeter,
  describeMoney,
  type Endpoint,
  free,
  meterCalls,
  moneyFor,
  type Prices,
  type SpendMeter,
} from "../../kernel-lib/src/endpoint/index.js";
import { deriveRandom, InputError, RunError } from "../../kernel-lib/src/runtime/index.js";

const prices: Prices = { inputPerMillion: 2, outputPerMillion: 8 };
const call = { promptTokens: 500, completionTokens: 125 }; // 0.001 + 0.001

function paid(count: number, options: Parameters<typeof createSpendMeter>[0] = { prices }): SpendMeter {
  const meter = createSpendMeter(options);
  for (let index = 0; index < count; index++) meter.record(call);
  return meter;
}

describe("P9: money while it is spent", () => {
  it("prompt and written tokens have their own price", () => {
    expect(moneyFor({ promptTokens: 1_000_000, completionTokens: 500_000 }, prices)).toBe(6);
    expect(paid(3).spent()).toEqual({ calls: 3, promptTokens: 1500, completionTokens: 375, money: 0.006 });
  });

  it("without prices money is unknown, and a cap is refused in one line", () => {
    expect(paid(1, {}).spent().money).toBe("unknown");
    expect(paid(1, {}).describe()).toBe("1 calls, 500 + 125 tokens, money unknown");
    expect(() => createSpendMeter({ cap: 5 })).toThrow(InputError);
    expect(() => createSpendMeter({ cap: 5 })).toThrow(/^a cap of 5 without prices; allowed: .+; look up/);
    expect(() => createSpendMeter({ prices, cap: Number.NaN })).toThrow(InputError);
  });

  it("a model on this machine costs nothing and says tokens and minutes", () => {
    const meter = paid(10, { prices: free, cap: 0 });
    meter.checkCap({ done: 10, total: 100 });
    expect(meter.project({ done: 10, total: 100, seconds: 60 })).toMatchObject({ minutes: 10, money: { expected: 0, high: 0 } });
    expect(meter.describe({ done: 10, total: 100, seconds: 60 })).toContain("about 10.0 min in all");
  });

  it("small and large amounts are told with the digits that matter", () => {
    expect(describeMoney(0.00421, prices)).toBe("0.0042 USD");
    expect(describeMoney(12.345, { currency: "EUR" })).toBe("12.35 EUR");
  });
});

describe("P9: the projected total", () => {
  it("is what was spent and what the rows to come will cost, several calls a row included", () => {
    const { tokens, money } = paid(40).project({ done: 20, total: 100 })!;
    expect(tokens.expected).toBeCloseTo(200 * 625, 6);
    expect(money).toMatchObject({ expected: expect.closeTo(0.4, 9), low: expect.closeTo(0.4, 9), high: expect.closeTo(0.4, 9) });
  });

  it("takes the cost of a row from paid rows only, so a warm cache hides nothing", () => {
    const { money } = paid(10).project({ done: 510, reused: 500, total: 1000 })!;
    expect(money).toMatchObject({ expected: expect.closeTo(1, 9) });
  });

  it("is unknown before the first paid row", () => {
    expect(createSpendMeter({ prices }).project({ done: 0, total: 10 })).toBeUndefined();
    expect(createSpendMeter({ prices }).project({ done: 5, reused: 5, total: 10 })).toBeUndefined();
  });

  it("its range holds the true total in about 95 of 100 jobs, and never ends below what is spent", () => {
    let held = 0;
    for (let job = 0; job < 400; job++) {
      const random = deriveRandom("spend", job);
      const costs = Array.from({ length: 300 }, () => 20 + random.integer(400));
      const meter = createSpendMeter({ prices: { inputPerMillion: 1e6, outputPerMillion: 0 } });
      for (const promptTokens of costs.slice(0, 60)) meter.record({ promptTokens, completionTokens: 0 });
      const { low, high } = meter.project({ done: 60, total: 300 })!.money as { low: number; high: number };
      const total = costs.reduce((sum, cost) => sum + cost, 0);
      if (low <= total && total <= high) held++;
      expect(low).toBeGreaterThanOrEqual(costs.slice(0, 60).reduce((sum, cost) => sum + cost, 0));
    }
    expect(held / 400).toBeGreaterThan(0.91);
    expect(held / 400).toBeLessThan(0.99);
  });
});

describe("P9: the cap", () => {
  it("stops the job by its projected total, long before the money is spent", () => {
    const meter = paid(10, { prices, cap: 1 });
    meter.checkCap({ done: 10, total: 500 });
    expect(() => meter.checkCap({ done: 10, total: 501 })).toThrow(RunError);
    expect(() => meter.checkCap({ done: 10, total: 1000 })).toThrow(
      "the whole job would cost about 2.00 USD (2.00 USD to 2.00 USD); allowed: a cap of 1.00 USD, of which 0.0200 USD is spent after 10 of 1000 rows",
    );
  });

  it("waits for enough paid rows before it believes a projection", () => {
    const meter = paid(9, { prices, cap: 0.1 });
    meter.checkCap({ done: 9, total: 10_000 });
    meter.record(call);
    expect(() => meter.checkCap({ done: 10, total: 10_000 })).toThrow(RunError);
  });

  it("stops at once when the money itself is gone", () => {
    expect(() => paid(3, { prices, cap: 0.005 }).checkCap({ done: 3, total: 3 })).toThrow(RunError);
  });
});

it("every answered call of a metered endpoint is counted once, a failed one not", async () => {
  let fails = false;
  const endpoint = {
    complete: async () => {
      if (fails) throw new Error("scripted");
      return { text: "", finishReason: "stop", usage: call, latencyMs: 0 };
    },
  } as Partial<Endpoint> as Endpoint;
  const meter = createSpendMeter();
  const metered = meterCalls(endpoint, meter);
  await metered.complete({ prompt: "hello", maxTokens: 1, temperature: 0 });
  fails = true;
  await expect(metered.complete({ prompt: "hello", maxTokens: 1, temperature: 0 })).rejects.toThrow("scripted");
  expect(meter.spent().calls).toBe(1);
});
