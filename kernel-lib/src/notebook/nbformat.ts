// The notebook file format, version 4.5 (nbformat.readthedocs.io), as far as our notebooks use it.
import { readFileSync } from "node:fs";
import { z } from "zod";
import { InputError } from "../runtime/index.js";

const lines = z.union([z.string(), z.array(z.string())]).transform((text) => (Array.isArray(text) ? text.join("") : text));
const metadata = z.record(z.string(), z.unknown());

const streamSchema = z.strictObject({ output_type: z.literal("stream"), name: z.enum(["stdout", "stderr"]), text: lines });
const displaySchema = z.strictObject({
  output_type: z.literal("display_data"),
  data: z.record(z.string(), z.unknown()),
  metadata,
});
const resultSchema = z.strictObject({
  output_type: z.literal("execute_result"),
  data: z.record(z.string(), z.unknown()),
  metadata,
  execution_count: z.number().int().nullable(),
});
const errorSchema = z.strictObject({
  output_type: z.literal("error"),
  ename: z.string(),
  evalue: z.string(),
  traceback: z.array(z.string()),
});
const outputSchema = z.discriminatedUnion("output_type", [streamSchema, displaySchema, resultSchema, errorSchema]);
export type Output = z.infer<typeof outputSchema>;

const idSchema = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, "cell ids are 1–64 letters, digits, - or _");
const markdownSchema = z.strictObject({
  cell_type: z.literal("markdown"),
  id: idSchema,
  metadata,
  source: lines,
  attachments: metadata.optional(),
});
const codeSchema = z.strictObject({
  cell_type: z.literal("code"),
  id: idSchema,
  metadata,
  source: lines,
  execution_count: z.number().int().nullable(),
  outputs: z.array(outputSchema),
});
export type CodeCell = z.infer<typeof codeSchema>;

export const notebookSchema = z.strictObject({
  nbformat: z.literal(4),
  nbformat_minor: z.literal(5),
  metadata,
  cells: z.array(z.discriminatedUnion("cell_type", [markdownSchema, codeSchema])),
});
export type Notebook = z.infer<typeof notebookSchema>;

/** @throws InputError when the file is missing, not JSON or not a notebook of version 4.5. */
export function readNotebook(path: string): Notebook {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new InputError({ got: `${path}: ${(error as Error).message}`, allowed: "a Jupyter notebook (.ipynb)" });
  }
  const parsed = notebookSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new InputError({
    got: `${path}: ${issue.path.join(".")}: ${issue.message}`,
    allowed: "nbformat 4.5 with an id in every cell",
    todo: "save it once in JupyterLab 4",
  });
}
