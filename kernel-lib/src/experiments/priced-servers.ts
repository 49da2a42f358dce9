// Which servers of a run cost money that is known: the model's own, and those that an evaluation compares with.
import type { Prices } from "../endpoint/index.js";
import { InputError } from "../runtime/index.js";
import type { RunConfig } from "./config.js";

type Servers = Pick<RunConfig, "endpoint" | "evaluation" | "model">;

/** The prices of the run's own model, 0 where only others have some; undefined where no server has. */
export function pricesOf({ endpoint, evaluation }: Servers): Prices | undefined {
  if (endpoint.prices !== null) return endpoint.prices;
  const other = evaluation.endpoints.find(({ prices }) => prices !== undefined)?.prices;
  return other && { inputPerMillion: 0, outputPerMillion: 0, currency: other.currency };
}

/** Servers at an address that no prices are named for: what they take is neither counted nor capped. */
export const uncountedServers = ({ endpoint, evaluation, model }: Servers): string[] => [
  ...(endpoint.baseURL !== null && endpoint.prices === null ? [`${model} at ${endpoint.baseURL}`] : []),
  ...evaluation.endpoints.flatMap(({ name, baseURL, prices }) => (prices === undefined ? [`${name} at ${baseURL}`] : [])),
];

/** @throws InputError where two servers are paid in different currencies, and for a cap while nothing or the run's own model has no price. */
export function checkPrices(config: Servers): void {
  const { endpoint, evaluation } = config;
  const currency = pricesOf(config)?.currency;
  const other = evaluation.endpoints.find(({ prices }) => prices !== undefined && prices.currency !== currency);
  if (other)
    throw new InputError({
      got: `evaluation.endpoints ${other.name} with prices in ${other.prices?.currency}, others in ${currency}`,
      allowed: "one currency a run",
      todo: "convert the prices",
    });
  if (endpoint.spendCap === null) return;
  if (pricesOf(config) === undefined || (endpoint.baseURL !== null && endpoint.prices === null))
    throw new InputError({
      got: `endpoint.spendCap ${endpoint.spendCap} without endpoint.prices`,
      allowed: '{ "inputPerMillion", "outputPerMillion" }',
      todo: "look up what the model costs, or leave the cap out",
    });
}
