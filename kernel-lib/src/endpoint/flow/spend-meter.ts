// Counts tokens and money while they are spent, says what the whole job will come to, and stops it while most of that is still unspent.
import { InputError, RunError } from "../../runtime/index.js";
import type { Endpoint } from "../endpoint.js";
import type { Usage } from "../usage.js";
import { describeMoney, moneyFor, type Prices } from "./prices.js";
import { createRunningMoments, type RunningMoments } from "./running-moments.js";

export interface Spend {
  calls: number;
  promptTokens: number;
  completionTokens: number;
  /** In the currency of the prices; "unknown" without prices. */
  money: number | "unknown";
}

/** How far a job is. */
export interface RowsDone {
  /** Rows finished, however they ended. */
  done: number;
  total: number;
  /** Of `done`: rows that cost no call here, because a cache or an earlier process had them. Default 0. */
  reused?: number;
  /** Seconds that the paid rows took; projects the minutes. */
  seconds?: number;
}

/** `low` and `high` hold the total in 95 of 100 jobs, if rows to come are like rows done. */
export interface Range {
  low: number;
  expected: number;
  high: number;
}

/** Totals at the end of the job. Rows to come are taken as paid, so a cache can only make it cheaper. */
export interface Projection {
  tokens: Range;
  money: Range | "unknown";
  /** Absent without `seconds`. */
  minutes?: number;
}

export interface SpendMeter {
  /** Counts a paid call. A cache's hits are not told to the meter. */
  record(usage: Usage): void;
  spent(): Spend;
  /** Undefined until a row has been paid for. */
  project(rows: RowsDone): Projection | undefined;
  /** @throws RunError once the expected total, or what is spent already, exceeds the cap. */
  checkCap(rows: RowsDone): void;
  /** One line: calls, tokens, money, and the total they lead to. */
  describe(rows?: RowsDone): string;
}

/** Calls vary independently around their mean, which itself is known from the calls so far only. */
function totalOf(calls: RunningMoments, { done, total, reused = 0 }: RowsDone): Range {
  const paidRows = done - reused;
  const perRow = calls.count / paidRows;
  const left = Math.max(0, total - done);
  const sofar = calls.mean * calls.count;
  const expected = sofar + left * perRow * calls.mean;
  const spread = 1.96 * Math.sqrt(perRow * calls.variance * left * (1 + left / paidRows));
  return { low: Math.max(sofar, expected - spread), expected, high: expected + spread };
}

const whole = (amount: number): string => Math.round(amount).toLocaleString("en-US");

/**
 * @param prices without them money is "unknown"; `free` for a model on this machine.
 * @param cap the most that the whole job may cost, in the currency of the prices.
 * @param minimumRows paid rows before a projection may stop the job; 10 by default.
 * @throws InputError for a cap without prices, or one that is no amount.
 */
export function createSpendMeter({
  prices,
  cap,
  minimumRows = 10,
}: {
  prices?: Prices;
  cap?: number;
  minimumRows?: number;
} = {}): SpendMeter {
  if (cap !== undefined && !prices)
    throw new InputError({
      got: `a cap of ${cap} without prices`,
      allowed: "a cap together with `prices: { inputPerMillion, outputPerMillion }`",
      todo: "look up what the model costs, or leave the cap out",
    });
  if (cap !== undefined && !(cap >= 0))
    throw new InputError({ got: `a cap of ${cap}`, allowed: "an amount of at least 0", todo: "correct it" });
  const usage = { promptTokens: 0, completionTokens: 0 };
  const tokens = createRunningMoments();
  const money = createRunningMoments();
  const spentMoney = (): number | "unknown" => (prices ? moneyFor(usage, prices) : "unknown");

  function project(rows: RowsDone): Projection | undefined {
    const paidRows = rows.done - (rows.reused ?? 0);
    if (paidRows <= 0 || tokens.count === 0) return undefined;
    return {
      tokens: totalOf(tokens, rows),
      money: prices ? totalOf(money, rows) : "unknown",
      ...(rows.seconds !== undefined && { minutes: (rows.seconds * (1 + (rows.total - rows.done) / paidRows)) / 60 }),
    };
  }

  return {
    project,
    record(call) {
      usage.promptTokens += call.promptTokens;
      usage.completionTokens += call.completionTokens;
      tokens.add(call.promptTokens + call.completionTokens);
      if (prices) money.add(moneyFor(call, prices));
    },
    spent: () => ({ calls: tokens.count, ...usage, money: spentMoney() }),
    checkCap(rows) {
      if (cap === undefined || !prices) return;
      const spent = moneyFor(usage, prices);
      const projected = rows.done - (rows.reused ?? 0) >= minimumRows ? project(rows)?.money : undefined;
      const total = projected === undefined || projected === "unknown" ? undefined : projected;
      if (spent <= cap && (total === undefined || total.expected <= cap)) return;
      const range = total ? ` (${describeMoney(total.low, prices)} to ${describeMoney(total.high, prices)})` : "";
      throw new RunError({
        got: `the whole job would cost about ${describeMoney(total?.expected ?? spent, prices)}${range}`,
        allowed: `a cap of ${describeMoney(cap, prices)}, of which ${describeMoney(spent, prices)} is spent after ${rows.done} of ${rows.total} rows`,
        todo: "raise the cap or ask for fewer rows; finished rows are kept, the same command continues",
      });
    },
    describe(rows) {
      const total = rows && project(rows);
      const known = spentMoney();
      const amount = (value: number): string => (prices ? describeMoney(value, prices) : "");
      return [
        `${whole(tokens.count)} calls`,
        `${whole(usage.promptTokens)} + ${whole(usage.completionTokens)} tokens${total ? ` of about ${whole(total.tokens.expected)}` : ""}`,
        known === "unknown"
          ? "money unknown"
          : `${amount(known)}${total && total.money !== "unknown" ? ` of about ${amount(total.money.expected)} (${amount(total.money.low)} to ${amount(total.money.high)})` : ""}`,
        ...(total?.minutes === undefined ? [] : [`about ${total.minutes.toFixed(1)} min in all`]),
      ].join(", ");
    },
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
