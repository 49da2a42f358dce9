// What if a threshold had been another, or a rule had been off? The rows of a finished stage, kept and rejected, are judged again from
// their own texts: no call, and no guess about the rules that a rejected row was never asked. Keep-first starts over too, so that a row
// which lost its rival comes back, and one which gained a rival falls.

import type { KeepFirstRule } from "./keep-first.js";
import type { Rejection } from "./ledger.js";
import { changeRules, type Rule, type RuleChanges } from "./rule.js";
import { applyRules, type Sieved, type SievedRow, type SieveOptions } from "./sieve.js";

const byNumber = new Intl.Collator("en", { numeric: true });

export interface WhatIfOptions<Row> extends SieveOptions<Row> {
  kept: readonly SievedRow<Row>[];
  rejections: readonly Rejection[];
  /** The row inside a rejection, in the form that the rules judge. */
  rowOf: (rejection: Rejection) => Row;
  /** By rule name, of both kinds of rules. */
  changes?: RuleChanges;
  failed?: number;
  /** The order in which the rows were first judged; by default that of the numbers in their ids. */
  compareIds?: (a: string, b: string) => number;
}

/**
 * The stage as it would have been; with no changes, as it was. Raising the novelty threshold can keep fewer rows: a row that newly passes
 * may be similar to several later ones, which then fall.
 * @throws InputError for an unknown rule, a threshold for a rule that does not measure, or one that the rule does not allow.
 */
export function whatIf<Row>(options: WhatIfOptions<Row>): Sieved<Row> {
  const { stage, rules, keepFirst = [], kept, rejections, rowOf, changes = {}, failed = 0 } = options;
  const compareIds = options.compareIds ?? byNumber.compare;
  const changed = changeRules<Rule<Row> | KeepFirstRule<Row>>([...rules, ...keepFirst], changes);
  const rows = [
    ...kept.map(({ id, row }) => ({ id, row })),
    ...rejections.map((rejection) => ({ id: rejection.id, row: rowOf(rejection) })),
  ];
  return applyRules({
    stage,
    rows: rows.sort((a, b) => compareIds(a.id, b.id)),
    failed,
    rules: changed.filter((rule): rule is Rule<Row> => "test" in rule),
    keepFirst: changed.filter((rule): rule is KeepFirstRule<Row> => "start" in rule),
  });
}
