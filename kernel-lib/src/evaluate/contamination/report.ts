// What a contamination check found: ids, counts and scores alone, never a word of a benchmark, so that it can be kept and published.
import { z } from "zod";

/** What may hold a test item: what a system is tuned on, what it is shown, what it retrieves from. */
export const sourceKinds = ["seed", "row", "passage", "demonstration"] as const;
export type SourceKind = (typeof sourceKinds)[number];

/**
 * - `8-gram`: the longest run of words shared with the item has 8 to 12
 * - `13-gram`: it has 13 or more
 * - `near-duplicate`: ROUGE-L above 0.7, or for an input of four to seven words the same words in the same order
 */
export const findingKinds = ["8-gram", "13-gram", "near-duplicate"] as const;
export type FindingKind = (typeof findingKinds)[number];

/** One finding for each item, kind of source and kind of finding: the strongest. */
export const contaminationFindingSchema = z.strictObject({
  source: z.enum(sourceKinds),
  /** The record that shows it most strongly. */
  sourceId: z.string(),
  taskId: z.string(),
  itemId: z.string(),
  kind: z.enum(findingKinds),
  /** n-grams: the share of the text's 8-grams that stand in the record; near-duplicate: ROUGE-L F1. 0–1. */
  score: z.number(),
  /** n-grams: the longest run of shared words. */
  words: z.number().int().optional(),
  /** The records of this kind that show it; a near-duplicate names the nearest of each batch. */
  records: z.number().int(),
  /** It takes the item out of the clean subset. */
  contaminates: z.boolean(),
});
export type ContaminationFinding = z.infer<typeof contaminationFindingSchema>;

export const taskContaminationSchema = z.strictObject({
  taskId: z.string(),
  /** `mini`: the made-up set was compared, which says nothing about the benchmark. */
  origin: z.enum(["original", "mini"]),
  items: z.number().int(),
  /** Items of fewer than eight words: only their whole text can be found. */
  short: z.number().int(),
  /** The items that nothing contaminates, in file order. */
  clean: z.array(z.string()),
});
export type TaskContamination = z.infer<typeof taskContaminationSchema>;

export const contaminationReportSchema = z.strictObject({
  /** How many records of each kind were compared; 0 where there were none. */
  records: z.record(z.enum(sourceKinds), z.number().int()),
  tasks: z.array(taskContaminationSchema),
  findings: z.array(contaminationFindingSchema),
});
export type ContaminationReport = z.infer<typeof contaminationReportSchema>;

/**
 * The items of a task that a system cannot have seen, as ids: no run of 13 words, no 70 % of the 8-grams and no near-duplicate in anything
 * that was compared. `strict` leaves out those that share any run of 8 words, too. Undefined where the task was not checked.
 */
export function cleanItems(
  report: ContaminationReport,
  taskId: string,
  { strict = false }: { strict?: boolean } = {},
): ReadonlySet<string> | undefined {
  const task = report.tasks.find((checked) => checked.taskId === taskId);
  if (task === undefined) return undefined;
  const clean = new Set(task.clean);
  if (strict) for (const finding of report.findings) if (finding.taskId === taskId) clean.delete(finding.itemId);
  return clean;
}

/**
 * The findings that stop a run: those that contaminate, by what the experimenter chose. A benchmark's own splits are as they were
 * published, so that an overlap of its demonstrations with its test items costs those items their place in the clean subset and no more.
 */
export const blockingFindings = ({ findings }: Pick<ContaminationReport, "findings">): ContaminationFinding[] =>
  findings.filter(({ contaminates, source }) => contaminates && source !== "demonstration");
