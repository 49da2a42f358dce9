// Stage "dataset": the triples that a system is tuned on, with their exports and a summary.
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  buildTriples,
  compareRounds,
  exportAlpaca,
  exportJsonl,
  seedTriples,
  summarise,
  type Triple,
  tripleSchema,
} from "../dataset/index.js";
import { learnAnswerForms } from "../generate/index.js";
import { readJsonl, startStage, writeJson } from "../runtime/index.js";
import type { Seed } from "../seeds/index.js";
import { chooseSeeds, readInstructions, readResponses, writeInstructions, writeResponses } from "./generate-stage.js";
import { recipes, sharesInstructions, sourcesOf, type TunedSystem } from "./systems.js";
import type { Walk } from "./walk.js";

const generated = ({ directory }: Walk, system: TunedSystem): Triple[] =>
  readJsonl(join(directory.dataset(system), "triples.jsonl"), tripleSchema, "triple");

/** Writes the data set of the rows that one system's stages kept; of a later round also what changed since the one before. */
function makeDataset(walk: Walk, system: TunedSystem = "self-specialised"): void {
  const watch = startStage("dataset", walk.onProgress);
  const triples = buildTriples({
    instructions: readInstructions(walk, system),
    responses: readResponses(walk, system),
    round: recipes[system].round,
  });
  const folder = walk.directory.dataset(system);
  exportJsonl({ triples, path: join(folder, "triples.jsonl") });
  exportAlpaca({ triples, path: join(folder, "alpaca.json") });
  const teacher = recipes[system].answeredBy;
  if (teacher !== undefined) writeJson(join(folder, "rounds.json"), compareRounds(generated(walk, teacher), triples));
  writeJson(join(folder, "summary.json"), summarise(triples));
  watch.finish(`${triples.length} triples · alpaca.json, triples.jsonl`);
}

/** The generated rows of one system's own stages; runs what is not there yet. */
async function ownTriples(walk: Walk, system: TunedSystem): Promise<Triple[]> {
  if (!existsSync(join(walk.directory.dataset(system), "summary.json"))) {
    if (!sharesInstructions(system)) await writeInstructions(walk, system);
    await writeResponses(walk, system);
    makeDataset(walk, system);
  }
  const triples = generated(walk, system);
  return system === "self-specialised" ? triples : triples.map((triple) => ({ ...triple, id: `${system}-${triple.id}` }));
}

/** Of some rows those whose task is answered by phrases of its input. */
function extractionsOf(triples: readonly Triple[], seeds: readonly Seed[]): Triple[] {
  const forms = learnAnswerForms(seeds);
  return triples.filter(({ instruction, lineage }) => forms.of({ instruction, demoIds: lineage.seedIds }).form === "extraction");
}

/** What a system is tuned on; generates what it has of its own and is not there yet. */
export async function trainingTriples(walk: Walk, system: TunedSystem): Promise<Triple[]> {
  const { rows, extractionsOnly = false } = recipes[system];
  const { seeds } = chooseSeeds(walk.config);
  const written: Triple[] = [];
  for (const source of sourcesOf(system)) written.push(...(await ownTriples(walk, source)));
  const chosen = extractionsOnly ? extractionsOf(written, seeds) : written;
  return rows === "generated" ? chosen : [...seedTriples(seeds), ...chosen];
}

/** The main data set, and that of every other system that waits for no adapter. */
export async function makeDatasets(walk: Walk): Promise<void> {
  makeDataset(walk);
  for (const system of walk.config.systems) if (recipes[system].answeredBy === undefined) await trainingTriples(walk, system);
}
