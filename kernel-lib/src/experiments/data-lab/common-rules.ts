// Ledgers whose rare rules are counted together: a funnel with a colour for each of twenty rules cannot be read.
import type { Ledger } from "../../filter/index.js";

const restName = "other rules";

/** The `shown` rules that rejected most rows in all ledgers together keep their names. Sums stay as they were. */
export function commonRules(ledgers: readonly Ledger[], { shown = 8 }: { shown?: number } = {}): Ledger[] {
  const totals = new Map<string, number>();
  for (const { rejected } of ledgers)
    for (const [rule, rows] of Object.entries(rejected)) totals.set(rule, (totals.get(rule) ?? 0) + rows);
  const named = [...totals]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, shown)
    .map(([rule]) => rule);
  return ledgers.map((ledger) => {
    const rules = Object.entries(ledger.rejected);
    const rest = rules.filter(([rule]) => !named.includes(rule)).reduce((sum, [, rows]) => sum + rows, 0);
    const rejected = Object.fromEntries(rules.filter(([rule]) => named.includes(rule)));
    return { ...ledger, rejected: { ...rejected, ...(rest > 0 && { [restName]: rest }) } };
  });
}
