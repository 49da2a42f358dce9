// One finished stage under other thresholds: what each would have kept.
import type { Ledger } from "../filter/index.js";
import { type Table, tableFromRecords } from "./table.js";

export interface WhatIfRow {
  knob: string;
  value: number;
  ledger: Ledger;
}

/** Columns are the rules that reject different numbers of rows; the others have one sentence. `own` are the stage's own values. */
export function whatIfTable(rows: readonly WhatIfRow[], own: Readonly<Record<string, unknown>>): Table {
  const rules = [...new Set(rows.flatMap(({ ledger }) => Object.keys(ledger.rejected)))].sort();
  const countsOf = (rule: string): number[] => rows.map(({ ledger }) => ledger.rejected[rule] ?? 0);
  const moving = rules.filter((rule) => new Set(countsOf(rule)).size > 1);
  const still = rules.filter((rule) => !moving.includes(rule)).map((rule) => `${countsOf(rule)[0]!} ${rule}`);
  const records = rows.map(({ knob, value, ledger }) => ({
    knob,
    value: own[knob] === value ? `${value} (as it was)` : String(value),
    in: ledger.in,
    kept: ledger.kept,
    ...Object.fromEntries(moving.map((rule) => [rule, ledger.rejected[rule] ?? 0])),
  }));
  return tableFromRecords(
    "The same texts judged again",
    records,
    still.length > 0 ? [`In every row also ${still.join(", ")}.`] : [],
  );
}
