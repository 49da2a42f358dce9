// Counts tokens and money while they are spent, and says what the whole job will come to.
import type { Endpoint } from "../endpoint.js";
import type { Usage } from "../usage.js";
import { moneyFor, type Prices } from "./prices.js";
import { createRunningMoments, type RunningMoments } from "./running-moments.js";

export interface Spend {
  calls: number;
  promptTokens: number;
  completionTokens: number;
  /** In the currency of the prices. */
  money: number;
}

/** How far a job is. */
export interface RowsDone {
  /** Rows finished, however they ended. */
  done: number;
  total: number;
  /** Of `done`: rows that cost no call here, because an earlier process had them. Default 0. */
  reused?: number;
}

/** `low` and `high` hold the total in 95 of 100 jobs, if rows to come are like rows done. */
export interface Projection {
  low: number;
  expected: number;
  high: number;
}

export interface SpendMeter {
  /** Counts a paid call, at the meter's prices or at its own ones in the same currency. A cache's hits are not told to the meter. */
  record(usage: Usage, prices?: Prices): void;
  spent(): Spend;
  /** The money at the end of the job, rows to come taken as paid; undefined until a row has been paid for. */
  project(rows: RowsDone): Projection | undefined;
}

/** Calls vary independently around their mean, which itself is known from the calls so far only. */
function totalOf(calls: RunningMoments, { done, total, reused = 0 }: RowsDone): Projection {
  const paidRows = done - reused;
  const perRow = calls.count / paidRows;
  const left = Math.max(0, total - done);
  const sofar = calls.mean * calls.count;
  const expected = sofar + left * perRow * calls.mean;
  const spread = 1.96 * Math.sqrt(perRow * calls.variance * left * (1 + left / paidRows));
  return { low: Math.max(sofar, expected - spread), expected, high: expected + spread };
}

export function createSpendMeter(prices: Prices): SpendMeter {
  const usage = { promptTokens: 0, completionTokens: 0 };
  const money = createRunningMoments();
  return {
    record(call, at = prices) {
      usage.promptTokens += call.promptTokens;
      usage.completionTokens += call.completionTokens;
      money.add(moneyFor(call, at));
    },
    spent: () => ({ calls: money.count, ...usage, money: money.mean * money.count }),
    project: (rows) => (rows.done - (rows.reused ?? 0) <= 0 || money.count === 0 ? undefined : totalOf(money, rows)),
  };
}

/** The endpoint with every answered call told to the meter. Put a cache around it, not inside: then hits cost nothing. */
export function meterCalls<E extends Endpoint>(endpoint: E, meter: Pick<SpendMeter, "record">): E {
  return {
    ...endpoint,
    async complete(request) {
      const completion = await endpoint.complete(request);
      meter.record(completion.usage);
      return completion;
    },
  };
}
