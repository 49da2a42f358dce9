// What a generation would take, as a range a stage.
import { describeMoney } from "../endpoint/index.js";
import { formatSeconds } from "./report-tables.js";
import { type Table, tableFromRecords } from "./table.js";

interface Ends {
  low: number;
  high: number;
}

export interface ForecastInput {
  stages: readonly { stage: string; calls: Ends; promptTokens: Ends; completionTokens: Ends; money?: Ends }[];
  /** Null where nothing was measured yet. */
  minutes: number | null;
  /** The server's address; null is the embedded one. */
  payee: string | null;
  currency: string | null;
}

const count = (value: number): string => Math.round(value).toLocaleString("en-US");
const range = ({ low, high }: Ends): string => (low === high ? count(low) : `${count(low)} to ${count(high)}`);

export function forecastTable({ stages, minutes, payee, currency }: ForecastInput): Table {
  const money = (amount: number): string => describeMoney(amount, currency === null ? {} : { currency });
  const time =
    minutes === null
      ? "Time: unknown, there is no finished run of this experiment here to measure from."
      : `Time: about ${formatSeconds(60 * minutes)}, scaled from a finished run on this machine.`;
  const unpriced =
    payee === null ? "Money: none, the model is embedded." : `Money: as ${payee} charges; endpoint.prices would say it.`;
  return tableFromRecords(
    "Before the first call",
    stages.map(({ stage, calls, promptTokens, completionTokens, money: amount }) => ({
      stage,
      calls: range(calls),
      "prompt tokens": range(promptTokens),
      "written tokens": range(completionTokens),
      ...(amount && { money: `${money(amount.low)} to ${money(amount.high)}` }),
    })),
    [time, ...(stages.some((stage) => stage.money) ? [] : [unpriced])],
  );
}
