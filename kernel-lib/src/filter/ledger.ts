// The ledger: every row that came in was kept, rejected by a named rule, or failed with an error. Nothing else can happen to a row.
import { z } from "zod";
import { RunError } from "../runtime/index.js";

export const rejectionSchema = z.strictObject({
  id: z.string(),
  stage: z.string(),
  /** The rule's name: "near-duplicate", "no-input", "cut-off". */
  rule: z.string(),
  score: z.number().optional(),
  /** The row that `score` compares with, where there is one. */
  nearestId: z.string().optional(),
  threshold: z.number().optional(),
  /** The row as it was when it was dropped. */
  row: z.unknown(),
});
export type Rejection = z.infer<typeof rejectionSchema>;

export const ledgerSchema = z.strictObject({
  stage: z.string(),
  in: z.number().int(),
  kept: z.number().int(),
  rejected: z.record(z.string(), z.number().int()),
  failed: z.number().int(),
});
export type Ledger = z.infer<typeof ledgerSchema>;

/** Counts a stage's rows. @throws RunError when in ≠ kept + rejected + failed. */
export function balanceLedger(
  stage: string,
  counts: { in: number; kept: number; rejections: readonly Rejection[]; failed: number },
): Ledger {
  const rejected: Record<string, number> = {};
  for (const { rule } of counts.rejections) rejected[rule] = (rejected[rule] ?? 0) + 1;
  if (counts.in !== counts.kept + counts.rejections.length + counts.failed)
    throw new RunError({
      got: `the ledger of ${stage} does not balance: ${counts.in} in, ${counts.kept} kept + ${counts.rejections.length} rejected + ${counts.failed} failed`,
      todo: "this is a bug: please report it with the stage's folder",
    });
  return { stage, in: counts.in, kept: counts.kept, rejected, failed: counts.failed };
}

/** The ledger as people read it: `96 kept · 34 rejected (21 near-duplicate, 9 no-input, 4 cut-off)`; the commonest rule first. */
export function describeLedger({ kept, rejected, failed }: Pick<Ledger, "kept" | "rejected" | "failed">): string {
  const rules = Object.entries(rejected).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const dropped = rules.reduce((sum, [, count]) => sum + count, 0);
  const parts = [`${kept} kept`];
  if (dropped > 0) parts.push(`${dropped} rejected (${rules.map(([rule, count]) => `${count} ${rule}`).join(", ")})`);
  if (failed > 0) parts.push(`${failed} failed`);
  return parts.join(" · ");
}
