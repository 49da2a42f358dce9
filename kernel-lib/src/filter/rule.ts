// A filter rule: a name for the ledger, the reason it exists, a threshold where it measures something, and a pure test of one row.
import { InputError } from "../runtime/index.js";

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
  /** The limit that still passes; absent where the rule does not measure. */
  readonly threshold?: number;
  /** The breach, or null where the row passes. */
  test(row: Row): Breach | null;
  /** The same rule with another limit; absent where the rule does not measure. */
  withThreshold?(threshold: number): Rule<Row>;
}

export interface MeasuredRule<Row> {
  name: string;
  reason: string;
  /** Whether the threshold is the largest or the smallest score that passes. */
  limit: "at most" | "at least";
  threshold: number;
  /** Null where the rule does not concern the row. */
  score(row: Row): number | null;
}

/** A rule that passes scores up to, or down to, its threshold, itself included. */
export function measuredRule<Row>(measure: MeasuredRule<Row>): Rule<Row> {
  const { name, reason, limit, threshold } = measure;
  return {
    name,
    reason,
    threshold,
    test(row) {
      const score = measure.score(row);
      if (score === null || (limit === "at most" ? score <= threshold : score >= threshold)) return null;
      return { score, threshold };
    },
    withThreshold: (other) => measuredRule({ ...measure, threshold: other }),
  };
}

/** What a list of rules can be changed by: a name and, where the rule measures, another threshold. */
interface ChangeableRule<T> {
  readonly name: string;
  withThreshold?(threshold: number): T;
}

/** What to change in a list of rules, by name. */
export interface RuleChanges {
  /** Rules to switch off. */
  off?: readonly string[];
  /** Rules to give another threshold. */
  thresholds?: Readonly<Record<string, number>>;
}

/**
 * The rules with some switched off and others at another threshold, in their order.
 * @throws InputError for a name that no rule has, or a threshold for a rule that does not measure.
 */
export function changeRules<T extends ChangeableRule<T>>(rules: readonly T[], { off = [], thresholds = {} }: RuleChanges): T[] {
  const names = rules.map(({ name }) => name);
  const unknown = [...off, ...Object.keys(thresholds)].find((name) => !names.includes(name));
  if (unknown !== undefined) throw new InputError({ got: `filter rule "${unknown}"`, allowed: names.join(", ") });
  return rules
    .filter(({ name }) => !off.includes(name))
    .map((rule) => {
      const threshold = thresholds[rule.name];
      if (threshold === undefined) return rule;
      if (rule.withThreshold && Number.isFinite(threshold)) return rule.withThreshold(threshold);
      const measured = rules.filter(({ withThreshold }) => withThreshold).map(({ name }) => name);
      throw new InputError({
        got: `threshold ${threshold} for the rule ${rule.name}`,
        allowed: `a number, for ${measured.join(", ")}`,
        todo: `switch ${rule.name} off instead, or correct the number`,
      });
    });
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
