// Takes the data set of a run into a folder that may be committed: kept and rejected rows, ledgers and configuration in the run's own layout, the
// rows gzipped, and the card. What the model wrote goes along; what somebody else wrote (retrieved passages) stands there by id only.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { z } from "zod";
import { datasetCard, summarise, type Triple, tripleSchema } from "../dataset/index.js";
import { type Ledger, ledgerSchema } from "../filter/index.js";
import { findModel } from "../models/index.js";
import { InputError, readJson, readJsonl, sha256, toJsonl } from "../runtime/index.js";
import { seedsOf } from "./choose-seeds.js";
import { choosePreset } from "./generate-stage.js";
import type { Run } from "./run.js";
import { recipes, type TunedSystem, tunedSystems } from "./systems.js";

/** Rows are gzipped; the rest is small and stays readable. */
const copied = {
  instructions: ["rows.jsonl", "rejected.jsonl", "ledger.json", "stopped.json", "config.json"],
  responses: ["rows.jsonl", "rejected.jsonl", "ledger.json", "config.json"],
  dataset: ["triples.jsonl", "summary.json", "rounds.json"],
} as const;

const promptsSchema = z.looseObject({
  prompts: z.array(z.strictObject({ name: z.string(), sha256: z.string() })).optional(),
  prompt: z.strictObject({ name: z.string(), sha256: z.string() }).optional(),
});

export interface PublishDatasetOptions {
  run: Run;
  target: string;
  title: string;
  /** What the rows look like, in a sentence or two. */
  description: string;
  /** Known flaws, a sentence each, found by reading. */
  flaws: readonly string[];
  /** The command that makes the set again. */
  command: string;
}

/**
 * Copies the data set and writes its card; returns the paths written.
 * @throws InputError when the run has no data set yet, or no flaw is named.
 */
export function publishDataset(options: PublishDatasetOptions): string[] {
  const { run, target } = options;
  const { directory } = run;
  if (!existsSync(join(directory.dataset(), "triples.jsonl")))
    throw new InputError({ got: `${directory.path} has no data set`, todo: "run it until the stage dataset first" });
  const written: string[] = [];
  const put = (name: string, source: string): void => {
    if (!existsSync(source)) return;
    const path = join(target, name.endsWith(".jsonl") ? `${name}.gz` : name);
    mkdirSync(dirname(path), { recursive: true });
    if (name.endsWith(".jsonl")) writeFileSync(path, gzipSync(readFileSync(source), { level: 9 }));
    else copyFileSync(source, path);
    written.push(path);
  };
  for (const name of ["config.json", "surroundings.json"]) put(name, join(directory.path, name));
  const own = tunedSystems.filter((system) => system !== "self-specialised" && existsSync(directory.dataset(system)));
  for (const [stage, names] of Object.entries(copied))
    for (const name of names) {
      put(join(stage, name), join(directory.path, stage, name));
      for (const system of own) put(join("variants", system, stage, name), join(directory.path, "variants", system, stage, name));
    }
  const card = join(target, "README.md");
  writeFileSync(card, cardOf(options, own));
  return [...written, card];
}

function cardOf({ run, ...text }: PublishDatasetOptions, own: readonly TunedSystem[]): string {
  const { config, directory } = run;
  const systems: TunedSystem[] = ["self-specialised", ...own];
  const surroundings = directory.surroundings();
  const seeds = seedsOf({ config, directory });
  const triplesOf = (system: TunedSystem): Triple[] =>
    readJsonl(join(directory.dataset(system), "triples.jsonl"), tripleSchema, "triple");
  const ledgersOf = (system: TunedSystem): Ledger[] =>
    [directory.instructions(system), directory.responses(system)]
      .map((folder) => join(folder, "ledger.json"))
      .filter(existsSync)
      .map((path) => ledgerSchema.parse(readJson(path)))
      .map((ledger) => (system === "self-specialised" ? ledger : { ...ledger, stage: `${ledger.stage}: ${system}` }));
  const prompts = systems
    .flatMap((system) => [directory.instructions(system), directory.responses(system)])
    .map((folder) => join(folder, "config.json"))
    .filter(existsSync)
    .map((path) => promptsSchema.parse(readJson(path)))
    .flatMap(({ prompts: several = [], prompt }) => [...several, ...(prompt ? [prompt] : [])]);
  const { instructions, responses } = choosePreset(config);
  const flat = (values: object): Record<string, string | number | boolean | null> =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [
        key,
        typeof value === "object" && value !== null ? JSON.stringify(value) : value,
      ]),
    );
  const model = findModel(config.model);
  return datasetCard({
    ...text,
    date: surroundings.date ?? "",
    licence: "apache-2.0",
    domains: [config.domain],
    summary: summarise(systems.flatMap(triplesOf)),
    ledgers: systems.flatMap(ledgersOf),
    model: {
      name: surroundings.model ?? config.model,
      licence: model?.licence ?? "as its owner states",
      ...(surroundings.modelSha256 !== undefined && { sha256: surroundings.modelSha256 }),
    },
    corpus: null,
    prompts: [...new Map(prompts.map((prompt) => [prompt.name, prompt])).values()],
    sampling: { instructions: flat(instructions), responses: flat(responses) },
    seeds: { count: seeds.length, licence: "Apache-2.0", sha256: sha256(toJsonl(seeds)), runSeed: config.runSeed },
    files: systems.map((system) => ({
      name: join(...(system === "self-specialised" ? [] : ["variants", system]), "dataset", "triples.jsonl.gz"),
      content: `${triplesOf(system).length} rows: ${recipes[system].what}`,
    })),
  });
}
