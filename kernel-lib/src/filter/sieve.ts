// Rows in, rules in, verdicts out. A sieve judges one row after the other, so that a stage can use it while rows arrive; applyRules judges
// a finished list. Neither does anything but compute: the same rows in the same order give the same verdicts.
import type { KeepFirstRule } from "./keep-first.js";
import { balanceLedger, type Ledger, type Rejection } from "./ledger.js";
import type { Nearest } from "./novelty.js";
import { firstBreach, type Rule } from "./rule.js";

export interface SieveOptions<Row> {
  /** As it stands in rejections and ledger. */
  stage: string;
  /** Asked first, in this order; each sees the row alone. */
  rules: readonly Rule<Row>[];
  /** Asked of what passed them, in this order; each compares with the rows kept so far. */
  keepFirst?: readonly KeepFirstRule<Row>[];
}

export interface SievedRow<Row> {
  id: string;
  row: Row;
}

export interface KeptRow<Row> extends SievedRow<Row> {
  /** The most similar seed or earlier kept row, where a novelty rule was asked. */
  nearest?: Nearest;
}

export type SieveVerdict<Row> = { kept: KeptRow<Row> } | { rejection: Rejection };

export interface Sieve<Row> {
  judge(row: SievedRow<Row>): SieveVerdict<Row>;
}

export function createSieve<Row>({ stage, rules, keepFirst = [] }: SieveOptions<Row>): Sieve<Row> {
  const stages = keepFirst.map(({ name, start }) => ({ name, state: start() }));
  return {
    judge({ id, row }) {
      const broken = firstBreach(row, rules);
      if (broken !== null) return { rejection: { id, stage, rule: broken.rule, ...broken.breach, row } };
      let nearest: Nearest | undefined;
      for (const { name, state } of stages) {
        const found = state.test(row);
        if (found.breach !== null) return { rejection: { id, stage, rule: name, ...found.breach, row } };
        nearest = found.nearest ?? nearest;
      }
      for (const { state } of stages) state.hold(id, row);
      return { kept: { id, row, ...(nearest && { nearest }) } };
    },
  };
}

export interface Sieved<Row> {
  /** In the order of the rows. */
  kept: KeptRow<Row>[];
  /** In the order of the rows; each with the row as it was, so that it can be judged again. */
  rejections: Rejection[];
  ledger: Ledger;
}

/** Judges rows in their order. `failed` rows, which never became rows, are counted in the ledger. */
export function applyRules<Row>(options: SieveOptions<Row> & { rows: Iterable<SievedRow<Row>>; failed?: number }): Sieved<Row> {
  const { stage, rows, failed = 0 } = options;
  const sieve = createSieve(options);
  const kept: KeptRow<Row>[] = [];
  const rejections: Rejection[] = [];
  let count = failed;
  for (const row of rows) {
    const verdict = sieve.judge(row);
    if ("kept" in verdict) kept.push(verdict.kept);
    else rejections.push(verdict.rejection);
    count++;
  }
  return { kept, rejections, ledger: balanceLedger(stage, { in: count, kept: kept.length, rejections, failed }) };
}
