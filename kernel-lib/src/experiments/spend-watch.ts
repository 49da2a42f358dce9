// Money while it is spent: what the run took so far, what it will have taken at its end, and the stop before the cap is passed. The rest of
// the running stage is priced by its own rows, the stages after it by the forecast.
import { describeMoney, type Prices, type SpendMeter } from "../endpoint/index.js";
import { type OnProgress, RunError } from "../runtime/index.js";
import type { MoneyForecast } from "./money-forecast.js";

/** Rows of a stage before its mean may stop the run. */
const minimumRows = 10;

/** How far a stage was when this process came to it. */
interface StageStart {
  done: number;
  spent: number;
}

export interface SpendWatch {
  /** Hands on a stage's progress with the money added. @throws RunError once the projected total is above the cap. */
  watch(onProgress: OnProgress | undefined): OnProgress;
}

export function watchSpending(options: {
  meter: SpendMeter;
  prices: Prices;
  cap: number | null;
  /** What each stage was forecast to take, in the order of the stages. */
  forecast: readonly MoneyForecast[];
}): SpendWatch {
  const { meter, prices, cap, forecast } = options;
  const starts = new Map<string, StageStart>();
  const spent = (): number => Number(meter.spent().money);
  const later = (stage: string): number => {
    const at = forecast.findIndex((entry) => entry.stage === stage);
    return at === -1 ? 0 : forecast.slice(at + 1).reduce((sum, { money }) => sum + (money.low + money.high) / 2, 0);
  };

  function projected(stage: string, done: number, total: number): number | undefined {
    const start = starts.get(stage) ?? { done: done - 1, spent: 0 };
    starts.set(stage, start);
    const rows = done - start.done;
    if (rows < minimumRows) return undefined;
    return spent() + ((total - done) * (spent() - start.spent)) / rows + later(stage);
  }

  return {
    watch: (onProgress) => (event) => {
      const { stage, done, total } = event;
      if (event.state === "started") starts.set(stage, { done: 0, spent: spent() });
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
