// Stage "dataset": the triples that a system is tuned on, with their exports and a summary.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { buildTriples, compareRounds, exportRows, seedTriples, summarise, type Triple, tripleSchema } from "../dataset/index.js";
import { clock, readJsonl, startStage, writeJson } from "../runtime/index.js";
import { seedsOf } from "./choose-seeds.js";
import { checkContamination } from "./contamination-gate.js";
import {
  extractionTest,
  qualifiedId,
  readInstructions,
  readResponses,
  writeInstructions,
  writeResponses,
} from "./generate-stage.js";
import { recipes, sourcesOf, type TunedSystem, tasksOf } from "./systems.js";
import type { Walk } from "./walk.js";

const generated = ({ directory }: Walk, system: TunedSystem): Triple[] =>
  readJsonl(join(directory.dataset(system), "triples.jsonl"), tripleSchema, "triple");

/** Writes the data set of the rows that one system's stages kept; of a later round also what changed since the one before. */
async function makeDataset(walk: Walk, system: TunedSystem = "self-specialised"): Promise<void> {
  const watch = startStage("dataset", walk.onProgress);
  const triples = buildTriples({
    instructions: readInstructions(walk, system),
    responses: readResponses(walk, system),
    round: recipes[system].round,
  });
  const folder = walk.directory.dataset(system);
  await exportRows({ triples, format: "jsonl", path: join(folder, "triples.jsonl") });
  await exportRows({ triples, format: "alpaca", path: join(folder, "alpaca.json") });
  const teacher = recipes[system].answeredBy;
  if (teacher !== undefined) {
    const before = (await trainingTriples(walk, teacher)).filter(({ lineage }) => lineage.round > 0);
    writeJson(join(folder, "rounds.json"), compareRounds(before, triples));
  }
  await checkContamination(walk, system, triples);
  writeJson(join(folder, "summary.json"), summarise(triples)); // last: a data set that the gate stopped is not finished
  watch.finish(`${triples.length} triples · alpaca.json, triples.jsonl`);
}

/** The generated rows of one system's own stages; runs what is not there yet. */
async function ownTriples(walk: Walk, system: TunedSystem): Promise<Triple[]> {
  if (!existsSync(join(walk.directory.dataset(system), "summary.json"))) {
    for (const source of tasksOf(system)) await writeInstructions(walk, source);
    await writeResponses(walk, system);
    await makeDataset(walk, system);
  }
  const triples = generated(walk, system);
  return triples.map((triple) => ({ ...triple, id: qualifiedId(system, triple.id) }));
}

/** What a system is tuned on; generates what it has of its own and is not there yet. */
export async function trainingTriples(walk: Walk, system: TunedSystem): Promise<Triple[]> {
  const { rows, extractionsOnly = false } = recipes[system];
  const seeds = seedsOf(walk);
  const written: Triple[] = [];
  for (const source of sourcesOf(system)) written.push(...(await ownTriples(walk, source)));
  const isExtraction = extractionTest(seeds);
  const chosen = extractionsOnly
    ? written.filter(({ instruction, lineage }) => isExtraction({ instruction, demoIds: lineage.seedIds }))
    : written;
  return rows === "generated" ? chosen : [...seedTriples(seeds), ...chosen];
}

/** The main data set, and that of every other system that waits for no adapter. */
export async function makeDatasets(walk: Walk): Promise<void> {
  await makeDataset(walk);
  walk.directory.remember({ date: clock.isoDate() });
  for (const system of walk.config.systems) if (recipes[system].answeredBy === undefined) await trainingTriples(walk, system);
}
