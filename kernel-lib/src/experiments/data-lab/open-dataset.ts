// A finished data set with everything that was kept of its making: rows, what each was written from, and what was rejected. The folder is
// that of a run or a committed one, whose rows are gzipped and which has a card.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { type Triple, tripleSchema } from "../../dataset/index.js";
import { type Ledger, ledgerSchema, type Rejection, rejectionSchema } from "../../filter/index.js";
import {
  type Instruction,
  instructionPresetSchema,
  instructionSchema,
  type Response,
  responseSchema,
} from "../../generate/index.js";
import { InputError, projectRoot, readJson, readJsonl } from "../../runtime/index.js";
import { loadSeeds, type Seed, seedDomains, seedSchema } from "../../seeds/index.js";
import { cardDate } from "./card-parts.js";

const promptSchema = z.looseObject({ name: z.string() });
const instructionConfigSchema = z.looseObject({
  domain: z.enum(seedDomains),
  model: z.string(),
  prompts: z.array(promptSchema).min(1),
  preset: instructionPresetSchema,
});
const responseConfigSchema = z.looseObject({ prompt: promptSchema });
const surroundingsSchema = z.looseObject({ model: z.string().optional(), date: z.string().optional() });

export interface Dataset {
  /** The folder's name, with the system's where it is not the main one. */
  label: string;
  /** What its instructions were asked about. */
  domain: z.infer<typeof instructionConfigSchema>["domain"];
  /** Who wrote the rows. */
  model: string;
  /** ISO 8601 day of the run; null where neither run nor card says it. */
  date: string | null;
  triples: Triple[];
  instructions: Instruction[];
  responses: Response[];
  /** Of both stages. */
  rejections: Rejection[];
  ledgers: { instructions: Ledger; responses: Ledger };
  instructionConfig: z.infer<typeof instructionConfigSchema>;
  responseConfig: z.infer<typeof responseConfigSchema>;
  /** As the stage kept them, else the project's own of the domain. */
  seeds: Seed[];
  /** Markdown; null where the set has none. */
  card: string | null;
  /** Other data sets in the same folder: what `system` may name. */
  systems: string[];
}

function readChecked<T>(path: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(readJson(path));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new InputError({ got: `${path}: ${issue.path.join(".")}: ${issue.message}`, todo: "make the data set again" });
}

/** The rows of `path`, or of `path`.gz as a committed data set has them; null where neither is. */
function readEither<T>(path: string, schema: z.ZodType<T>, what: string): T[] | null {
  const found = [path, `${path}.gz`].find(existsSync);
  return found === undefined ? null : readJsonl(found, schema, what);
}

function readWhole<T>(path: string, schema: z.ZodType<T>, what: string): T[] {
  const rows = readEither(path, schema, what);
  if (rows !== null) return rows;
  throw new InputError({
    got: `neither ${path} nor ${basename(path)}.gz exists`,
    allowed: "the folder of a run that has made its data set, or of a committed one",
    todo: "finish the run, or check the path",
  });
}

function systemsIn(folder: string): string[] {
  const variants = join(folder, "variants");
  if (!existsSync(variants)) return [];
  return readdirSync(variants)
    .filter((system) => existsSync(join(variants, system, "dataset")))
    .sort();
}

function readSeeds(stage: string, domain: Dataset["domain"]): Seed[] {
  const own = readEither(join(stage, "seeds.jsonl"), seedSchema, "seed");
  return own ?? loadSeeds({ domain });
}

/**
 * Opens the data set of a folder, relative to the project's root. `system` names another than the main one; where it has no instructions
 * of its own, the main ones are its.
 * @throws InputError for a folder that holds no data set, an unknown system, or rows that do not fit.
 */
export function openDataset({ path, system }: { path: string; system?: string }): Dataset {
  const folder = resolve(projectRoot(), path);
  const systems = systemsIn(folder);
  if (system !== undefined && !systems.includes(system))
    throw new InputError({ got: `system "${system}" of ${path}`, allowed: systems.join(", ") || "none but the main data set" });
  const base = system === undefined ? folder : join(folder, "variants", system);
  const own = join(base, "instructions");
  const asked = existsSync(join(own, "config.json")) ? own : join(folder, "instructions");
  const answered = join(base, "responses");
  const triples = readWhole(join(base, "dataset", "triples.jsonl"), tripleSchema, "triple");
  const rejected = (stage: string) => readWhole(join(stage, "rejected.jsonl"), rejectionSchema, "rejection");
  const instructionConfig = readChecked(join(asked, "config.json"), instructionConfigSchema);
  const facts = join(folder, "surroundings.json");
  const { model, date } = existsSync(facts) ? readChecked(facts, surroundingsSchema) : {};
  const readme = join(folder, "README.md");
  const card = existsSync(readme) ? readFileSync(readme, "utf8") : null;
  return {
    label: system === undefined ? basename(folder) : `${basename(folder)}, ${system}`,
    domain: instructionConfig.domain,
    model: model ?? instructionConfig.model,
    date: date?.slice(0, 10) ?? (card === null ? null : cardDate(card)),
    triples,
    instructions: readWhole(join(asked, "rows.jsonl"), instructionSchema, "instruction"),
    responses: readWhole(join(answered, "rows.jsonl"), responseSchema, "response"),
    rejections: [asked, answered].flatMap(rejected),
    ledgers: {
      instructions: readChecked(join(asked, "ledger.json"), ledgerSchema),
      responses: readChecked(join(answered, "ledger.json"), ledgerSchema),
    },
    instructionConfig,
    responseConfig: readChecked(join(answered, "config.json"), responseConfigSchema),
    seeds: readSeeds(asked, instructionConfig.domain),
    card,
    systems,
  };
}
