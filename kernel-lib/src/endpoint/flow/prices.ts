// What tokens cost. Prices come from the user's config; none are built in, because they change and a wrong one is worse than none.
import { z } from "zod";
import type { Usage } from "../usage.js";

export const pricesSchema = z.strictObject({
  /** Money for a million prompt tokens. */
  inputPerMillion: z.number().nonnegative(),
  /** Money for a million written tokens. */
  outputPerMillion: z.number().nonnegative(),
  /** Shown after amounts; USD by default. */
  currency: z.string().default("USD"),
});
export type Prices = z.input<typeof pricesSchema>;

/** The money for some tokens, in the prices' currency. */
export function moneyFor({ promptTokens, completionTokens }: Usage, prices: Prices): number {
  return (promptTokens * prices.inputPerMillion + completionTokens * prices.outputPerMillion) / 1e6;
}

/** "0.0042 USD", "12.35 USD". */
export function describeMoney(amount: number, { currency = "USD" }: Pick<Prices, "currency">): string {
  const digits = amount !== 0 && Math.abs(amount) < 1 ? 4 : 2;
  return `${amount.toFixed(digits)} ${currency}`;
}
