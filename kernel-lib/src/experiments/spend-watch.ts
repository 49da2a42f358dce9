// Money while it is spent: what the run took so far, what it will have taken at its end, and the stop before the cap is passed. The rest of
// the running stage is projected from its own calls, the stages after it are priced by the forecast.
import { createSpendMeter, describeMoney, type Prices, type Usage } from "../endpoint/index.js";
import { type OnProgress, RunError } from "../runtime/index.js";
import type { MoneyForecast } from "./money-forecast.js";

/** Paid rows of a stage before its projection may stop the run. */
const minimumRows = 10;

export interface SpendWatch {
  /** Counts a paid call of the running stage; of another server than the run's own, at its prices. */
  record(usage: Usage, prices?: Prices): void;
  /** Hands on a stage's progress with the money added. @throws RunError once the projected total is above the cap. */
  watch(onProgress: OnProgress | undefined): OnProgress;
}

export function watchSpending(options: {
  prices: Prices;
  cap: number | null;
  /** What each stage was forecast to take, in the order of the stages. */
  forecast: readonly MoneyForecast[];
}): SpendWatch {
  const { prices, cap, forecast } = options;
  let meter = createSpendMeter(prices);
  let before = 0;
  let reused: number | undefined;
  const spent = (): number => before + meter.spent().money;
  const later = (stage: string): number => {
    const at = forecast.findIndex((entry) => entry.stage === stage);
    return at === -1 ? 0 : forecast.slice(at + 1).reduce((sum, { money }) => sum + (money.low + money.high) / 2, 0);
  };

  function projected(stage: string, done: number, total: number): number | undefined {
    reused ??= done - 1; // what was there when the stage began; the row that is told of first is this process's own
    if (done - reused < minimumRows) return undefined;
    return before + (meter.project({ done, total, reused })?.expected ?? 0) + later(stage);
  }

  return {
    record: (usage, at) => meter.record(usage, at),
    watch: (onProgress) => (event) => {
      const { stage, done, total } = event;
      if (event.state === "started") {
        before = spent();
        meter = createSpendMeter(prices);
        reused = undefined;
      }
      const sum = done === undefined || total === undefined ? undefined : projected(stage, done, total);
      const money = `${describeMoney(spent(), prices)}${sum === undefined ? "" : ` of about ${describeMoney(sum, prices)}`}`;
      onProgress?.({ ...event, message: event.message === undefined ? money : `${event.message} · ${money}` });
      if (cap === null || (sum ?? spent()) <= cap) return;
      throw new RunError({
        got: `the whole run would cost about ${describeMoney(sum ?? spent(), prices)}, of which ${describeMoney(spent(), prices)} is spent in ${stage}`,
        allowed: `a cap of ${describeMoney(cap, prices)} (endpoint.spendCap)`,
        todo: "raise the cap or ask for fewer rows; finished rows are kept, the same command continues",
      });
    },
  };
}
