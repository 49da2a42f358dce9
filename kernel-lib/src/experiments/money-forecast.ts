// What a run would cost, a stage, before the first call; and the refusal of a run whose cheapest end is above its cap.
import { describeMoney, moneyFor, type Prices } from "../endpoint/index.js";
import { InputError } from "../runtime/index.js";
import type { RunConfig } from "./config.js";
import { forecastTokens, type Range, type StageForecast } from "./token-forecast.js";

export interface MoneyForecast extends StageForecast {
  money: Range;
}

/** Prices every stage of {@link forecastTokens}. */
export function forecastMoney(config: RunConfig, prices: Prices): MoneyForecast[] {
  const price = ({ promptTokens, completionTokens }: StageForecast, end: keyof Range): number =>
    moneyFor({ promptTokens: promptTokens[end], completionTokens: completionTokens[end] }, prices);
  return forecastTokens(config).map((stage) => ({ ...stage, money: { low: price(stage, "low"), high: price(stage, "high") } }));
}

export const sumOfMoney = (stages: readonly MoneyForecast[]): Range => ({
  low: stages.reduce((sum, { money }) => sum + money.low, 0),
  high: stages.reduce((sum, { money }) => sum + money.high, 0),
});

/** @throws InputError for a cap without prices, and where even the low end of the forecast is above the cap. */
export function checkSpendCap(config: RunConfig): void {
  const { prices, spendCap } = config.endpoint;
  if (spendCap === null) return;
  if (prices === null)
    throw new InputError({
      got: `endpoint.spendCap ${spendCap} without endpoint.prices`,
      allowed: '{ "inputPerMillion", "outputPerMillion" }',
      todo: "look up what the model costs, or leave the cap out",
    });
  const { low, high } = sumOfMoney(forecastMoney(config, prices));
  if (low > spendCap)
    throw new InputError({
      got: `a run that would cost ${describeMoney(low, prices)} to ${describeMoney(high, prices)}`,
      allowed: `a cap of ${describeMoney(spendCap, prices)} (endpoint.spendCap)`,
      todo: "raise the cap or ask for fewer rows; nothing was asked yet",
    });
}
