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
import { readJsonl, startStage, writeJson } from "../runtime/index.js";
import { chooseSeeds, readInstructions, readResponses, writeInstructions, writeResponses } from "./generate-stage.js";
import { recipes, sharesInstructions, type TunedSystem } from "./systems.js";
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

/** What a system is tuned on; generates what it has of its own and is not there yet. */
export async function trainingTriples(walk: Walk, system: TunedSystem): Promise<Triple[]> {
  const { rows } = recipes[system];
  const seeds = seedTriples(chooseSeeds(walk.config).seeds);
  if (rows === "seeds") return seeds;
  if (rows === "seeds and generated") return [...seeds, ...generated(walk, "self-specialised")];
  if (!existsSync(join(walk.directory.dataset(system), "summary.json"))) {
    if (!sharesInstructions(system)) await writeInstructions(walk, system);
    await writeResponses(walk, system);
    makeDataset(walk, system);
  }
  return generated(walk, system);
}

/** The main data set, and that of every other system that waits for no adapter. */
export async function makeDatasets(walk: Walk): Promise<void> {
  makeDataset(walk);
  for (const system of walk.config.systems)
    if (system !== "self-specialised" && recipes[system].answeredBy === undefined) await trainingTriples(walk, system);
}
