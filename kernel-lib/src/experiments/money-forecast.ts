// What a run would cost, a stage, before the first call; and the refusal of a run whose cheapest end is above its cap.
import { describeMoney, moneyFor, type Prices } from "../endpoint/index.js";
import { InputError } from "../runtime/index.js";
import type { RunConfig } from "./config.js";
import { askedSystems } from "./evaluated-systems.js";
import { checkPrices, pricesOf } from "./priced-servers.js";
import { forecastEvaluation, forecastTokens, type Range, type StageForecast } from "./token-forecast.js";

export interface MoneyForecast extends StageForecast {
  money: Range;
}

const plus = (a: Range, b: Range): Range => ({ low: a.low + b.low, high: a.high + b.high });

function priceOf({ promptTokens, completionTokens }: StageForecast, prices: Prices): Range {
  const price = (end: keyof Range): number =>
    moneyFor({ promptTokens: promptTokens[end], completionTokens: completionTokens[end] }, prices);
  return { low: price("low"), high: price("high") };
}

/** The evaluation at the prices of whoever is asked: a server without any adds nothing. */
function evaluationMoney(config: RunConfig, prices: Prices): Range {
  const asked = askedSystems(config);
  const own = forecastEvaluation(
    config,
    asked.filter(({ kind }) => kind !== "endpoint"),
  );
  return config.evaluation.endpoints.reduce(
    (sum, { name, prices: others }) => {
      if (others === undefined) return sum;
      return plus(
        sum,
        priceOf(
          forecastEvaluation(
            config,
            asked.filter(({ system }) => system === name),
          ),
          others,
        ),
      );
    },
    priceOf(own, prices),
  );
}

/** Prices every stage of {@link forecastTokens}; undefined where the configuration names no prices. */
export function forecastMoney(config: RunConfig): MoneyForecast[] | undefined {
  const prices = pricesOf(config);
  return (
    prices &&
    forecastTokens(config).map((stage) => ({
      ...stage,
      money: stage.stage === "evaluate" ? evaluationMoney(config, prices) : priceOf(stage, prices),
    }))
  );
}

export const sumOfMoney = (stages: readonly MoneyForecast[]): Range => ({
  low: stages.reduce((sum, { money }) => sum + money.low, 0),
  high: stages.reduce((sum, { money }) => sum + money.high, 0),
});

/** @throws InputError for prices or a cap as {@link checkPrices} says, and where even the low end of the forecast is above the cap. */
export function checkSpendCap(config: RunConfig): void {
  checkPrices(config);
  const { spendCap } = config.endpoint;
  const [prices, forecast] = [pricesOf(config), spendCap === null ? undefined : forecastMoney(config)];
  if (spendCap === null || prices === undefined || forecast === undefined) return;
  const { low, high } = sumOfMoney(forecast);
  if (low > spendCap)
    throw new InputError({
      got: `a run that would cost ${describeMoney(low, prices)} to ${describeMoney(high, prices)}`,
      allowed: `a cap of ${describeMoney(spendCap, prices)} (endpoint.spendCap)`,
      todo: "raise the cap or ask for fewer rows; nothing was asked yet",
    });
}
