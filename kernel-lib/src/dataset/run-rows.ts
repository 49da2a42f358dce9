// Rows of a run's folder by id, without reading whole files into objects: only lines that hold the id are parsed.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Rejection, rejectionSchema } from "../filter/index.js";
import { type Instruction, instructionSchema, type RawCompletion, rawCompletionSchema } from "../generate/index.js";
import { InputError, readJson, readJsonl } from "../runtime/index.js";
import { loadSeeds, type Seed, seedSchema } from "../seeds/index.js";
import { type Triple, tripleSchema } from "./triple.js";

/** The rows of a JSON Lines file that `is` accepts, among the lines that hold this text; none where there is no file. */
function findRows<T>(path: string, schema: z.ZodType<T>, text: string, is: (row: T) => boolean): T[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1); // behind the last line break: nothing, or a line torn by a kill
  return lines.flatMap((line) => {
    if (!line.includes(text)) return [];
    const row = schema.safeParse(JSON.parse(line));
    return row.success && is(row.data) ? [row.data] : [];
  });
}

/** What a stage's configuration says of its prompts; stages keep more. */
const stageConfigSchema = z.looseObject({
  domain: z.string(),
  prompts: z.array(z.looseObject({ name: z.string() })).optional(),
  prompt: z.looseObject({ name: z.string() }).optional(),
  retrieval: z.looseObject({ passages: z.number().int() }).nullish(),
  preset: z.looseObject({ retrievalQuery: z.string().optional() }).optional(),
});
export type StageConfig = z.infer<typeof stageConfigSchema>;

/** The rows that one run left of one task. */
export interface RunRows {
  instructionConfig: StageConfig | undefined;
  responseConfig: StageConfig | undefined;
  /** What the model wrote, before any judging. */
  rawInstruction: RawCompletion | undefined;
  /** Every sample of the answer. */
  rawResponses: RawCompletion[];
  instruction: Instruction | undefined;
  rejections: Rejection[];
  triple: Triple | undefined;
  /** A kept task of the run by id. */
  task(id: string): Instruction | undefined;
  /** The seeds of the run: as the stage kept them, else the project's own. */
  seeds(): Map<string, Seed>;
}

/**
 * Opens the rows of a task. `system` names another data set of the run (a folder under variants/); where it has no instructions of its
 * own, the main ones are its.
 * @throws InputError for a folder that holds no generation.
 */
export function runRows({ run, id, system }: { run: string; id: string; system?: string }): RunRows {
  const base = system === undefined ? run : join(run, "variants", system);
  const instructions = [join(base, "instructions"), join(run, "instructions")].find((folder) =>
    existsSync(join(folder, "config.json")),
  );
  if (instructions === undefined || !existsSync(base))
    throw new InputError({
      got: `${base} holds no generated rows`,
      allowed: "the folder of a run that has written instructions",
      todo: "check --run; a run prints its folder",
    });
  const responses = join(base, "responses");
  const config = (folder: string): StageConfig | undefined =>
    existsSync(join(folder, "config.json")) ? stageConfigSchema.parse(readJson(join(folder, "config.json"))) : undefined;
  const attempt = id.replace(/^task-/, "");
  const byId = (row: { id: string }): boolean => row.id === id;
  const kept = (wanted: string): Instruction | undefined =>
    findRows(join(instructions, "rows.jsonl"), instructionSchema, `"${wanted}"`, (row) => row.id === wanted)[0];
  return {
    instructionConfig: config(instructions),
    responseConfig: config(responses),
    rawInstruction: findRows(
      join(instructions, "raw.jsonl"),
      rawCompletionSchema,
      `"${attempt}"`,
      ({ key }) => key === attempt,
    )[0],
    rawResponses: findRows(join(responses, "raw.jsonl"), rawCompletionSchema, id, ({ key }) => key.replace(/#\d+$/, "") === id),
    instruction: kept(id),
    rejections: [instructions, responses].flatMap((folder) =>
      findRows(join(folder, "rejected.jsonl"), rejectionSchema, `"${id}"`, byId),
    ),
    triple: findRows(join(base, "dataset", "triples.jsonl"), tripleSchema, `"${id}"`, byId)[0],
    task: kept,
    seeds() {
      const own = join(instructions, "seeds.jsonl");
      const seeds = existsSync(own) ? readJsonl(own, seedSchema, "seed") : loadSeeds();
      return new Map(seeds.map((seed) => [seed.id, seed]));
    },
  };
}
