// A filter rule: a name for the ledger, the reason it exists, and a pure test of one row.

/** What a rule found wrong; a score and its threshold where the rule measures something. */
export interface Breach {
  score?: number;
  threshold?: number;
  nearestId?: string;
}

export interface Rule<Row> {
  /** As it stands in the ledger: "cut-off". */
  readonly name: string;
  /** Why such a row is dropped, in one sentence, with the rule's origin. */
  readonly reason: string;
  /** The breach, or null where the row passes. */
  test(row: Row): Breach | null;
}

/** The first rule that a row breaks, in the given order; null where it passes them all. */
export function firstBreach<Row>(row: Row, rules: readonly Rule<Row>[]): { rule: string; breach: Breach } | null {
  for (const rule of rules) {
    const breach = rule.test(row);
    if (breach !== null) return { rule: rule.name, breach };
  }
  return null;
}

/** Words as Self-Instruct counts them: runs without white space. */
export const wordCount = (text: string): number => text.split(/\s+/).filter(Boolean).length;
