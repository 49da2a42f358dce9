import { describe, expect, it } from "vitest";
import {
  createSpendMeter,
  describeMoney,
  type Endpoint,
  meterCalls,
  moneyFor,
  type Prices,
  type SpendMeter,
} from "../../kernel-lib/src/endpoint/index.js";
import { deriveRandom } from "../../kernel-lib/src/runtime/index.js";

const prices: Prices = { inputPerMillion: 2, outputPerMillion: 8 };
const call = { promptTokens: 500, completionTokens: 125 }; // 0.001 + 0.001

function paid(count: number): SpendMeter {
  const meter = createSpendMeter(prices);
  for (let index = 0; index < count; index++) meter.record(call);
  return meter;
}

describe("P9: money while it is spent", () => {
  it("prompt and written tokens have their own price", () => {
    expect(moneyFor({ promptTokens: 1_000_000, completionTokens: 500_000 }, prices)).toBe(6);
    expect(paid(3).spent()).toEqual({ calls: 3, promptTokens: 1500, completionTokens: 375, money: expect.closeTo(0.006, 12) });
  });

  it("a call of another server is counted at its own prices", () => {
    const meter = paid(3);
    meter.record(call, { inputPerMillion: 1000, outputPerMillion: 0 });
    expect(meter.spent()).toEqual({ calls: 4, promptTokens: 2000, completionTokens: 500, money: expect.closeTo(0.506, 12) });
  });

  it("small and large amounts are told with the digits that matter", () => {
    expect(describeMoney(0.00421, prices)).toBe("0.0042 USD");
    expect(describeMoney(12.345, { currency: "EUR" })).toBe("12.35 EUR");
  });
});

describe("P9: the projected total", () => {
  it("is what was spent and what the rows to come will cost, several calls a row included", () => {
    const cents = expect.closeTo(0.4, 9) as number;
    expect(paid(40).project({ done: 20, total: 100 })).toEqual({ low: cents, expected: cents, high: cents });
  });

  it("takes the cost of a row from paid rows only, so what an earlier process paid hides nothing", () => {
    expect(paid(10).project({ done: 510, reused: 500, total: 1000 })!.expected).toBeCloseTo(1, 9);
  });

  it("is unknown before the first paid row", () => {
    expect(createSpendMeter(prices).project({ done: 0, total: 10 })).toBeUndefined();
    expect(createSpendMeter(prices).project({ done: 5, reused: 5, total: 10 })).toBeUndefined();
  });

  it("its range holds the true total in about 95 of 100 jobs, and never ends below what is spent", () => {
    let held = 0;
    for (let job = 0; job < 400; job++) {
      const random = deriveRandom("spend", job);
      const costs = Array.from({ length: 300 }, () => 20 + random.integer(400));
      const meter = createSpendMeter({ inputPerMillion: 1e6, outputPerMillion: 0 });
      for (const promptTokens of costs.slice(0, 60)) meter.record({ promptTokens, completionTokens: 0 });
      const { low, high } = meter.project({ done: 60, total: 300 })!;
      const total = costs.reduce((sum, cost) => sum + cost, 0);
      if (low <= total && total <= high) held++;
      expect(low).toBeGreaterThanOrEqual(costs.slice(0, 60).reduce((sum, cost) => sum + cost, 0));
    }
    expect(held / 400).toBeGreaterThan(0.91);
    expect(held / 400).toBeLessThan(0.99);
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
  const meter = createSpendMeter(prices);
  const metered = meterCalls(endpoint, meter);
  await metered.complete({ prompt: "hello", maxTokens: 1, temperature: 0 });
  fails = true;
  await expect(metered.complete({ prompt: "hello", maxTokens: 1, temperature: 0 })).rejects.toThrow("scripted");
  expect(meter.spent().calls).toBe(1);
});
