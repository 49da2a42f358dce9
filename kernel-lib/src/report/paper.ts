// The paper's own numbers (data/paper/*.json), each with its source tag and with what was inferred said beside it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError, projectRoot, readJson } from "../runtime/index.js";

const paperValueSchema = z.strictObject({
  model: z.string().min(1),
  /** The dataset, or "average of N". */
  dataset: z.string().min(1),
  /** Demonstrations in the prompt; null where the source has no such setting. */
  k: z.number().int().nonnegative().nullable(),
  metric: z.enum(["F1", "accuracy"]),
  /** In percent. */
  value: z.number().min(0).max(100),
  /** The tag that data/paper/README.md explains. */
  source: z.enum(["POSTER", "ICLR", "SMOE"]),
  /** Fields of this value that the source does not print. */
  inferred: z.array(z.enum(["k"])).optional(),
  bar: z
    .strictObject({
      /** Half the error bar's length, percentage points. */
      halfLength: z.number().positive(),
      origin: z.enum(["printed", "measured in pixels"]),
      /** What the bar stands for. */
      meaning: z.string(),
    })
    .optional(),
});
export type PaperValue = z.infer<typeof paperValueSchema>;

const paperTableSchema = z
  .strictObject({
    id: z.string(),
    title: z.string(),
    domain: z.enum(["biomedicine", "finance", "general"]),
    note: z.string(),
    /** Why each inferred field is believed. */
    inferences: z.record(z.string(), z.string()),
    values: z.array(paperValueSchema).min(1),
  })
  .refine((table) => table.values.every((value) => (value.inferred ?? []).every((field) => field in table.inferences)), {
    message: "every inferred field needs its reason in inferences",
  });
export type PaperTable = z.infer<typeof paperTableSchema>;

export const paperTableIds = ["biomedicine-30b", "biomedicine-7b", "biomedicine-30b-zero-shot", "self-moe"] as const;
export type PaperTableId = (typeof paperTableIds)[number];

/**
 * Reads one of the paper's tables.
 * @throws InputError when the file is missing or does not fit the schema.
 */
export function loadPaperTable(id: PaperTableId, directory = join(projectRoot(), "data", "paper")): PaperTable {
  const path = join(directory, `${id}.json`);
  if (!existsSync(path))
    throw new InputError({ got: `${path} does not exist`, allowed: paperTableIds.join(", "), todo: "restore data/paper" });
  const parsed = paperTableSchema.safeParse(readJson(path));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new InputError({
    got: `${path}: ${issue.path.join(".")}: ${issue.message}`,
    allowed: "values as data/paper/README.md describes them",
  });
}

/** The value for a model, a dataset and k, or undefined where the paper gives none. */
export function findPaperValue(
  table: PaperTable,
  key: { model: string; dataset: string; k: number | null },
): PaperValue | undefined {
  return table.values.find((value) => value.model === key.model && value.dataset === key.dataset && value.k === key.k);
}
