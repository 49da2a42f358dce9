// Stage "dataset": the triples both systems are tuned on, with their exports and a summary.
import { join } from "node:path";
import { buildTriples, exportAlpaca, exportJsonl, seedTriples, summarise, type Triple } from "../dataset/index.js";
import { RunError, startStage, writeJson } from "../runtime/index.js";
import type { Walk } from "./corridor.js";
import { chooseSeeds, writeInstructions, writeResponses } from "./generate-stage.js";
import type { TunedSystem } from "./run-directory.js";

export async function makeDataset(walk: Walk): Promise<Record<TunedSystem, Triple[]>> {
  const watch = startStage("dataset", walk.onProgress);
  const { seeds } = chooseSeeds(walk.config);
  // Both stages are finished by now: these calls read their rows.
  const quiet: Walk = { ...walk, onProgress: undefined };
  const instructions = await writeInstructions(quiet);
  const responses = await writeResponses(quiet);
  const triples = buildTriples({ instructions, responses });
  if (triples.length === 0)
    throw new RunError({ got: "no generated row has a response", todo: "read responses/rejected.jsonl in the run's folder" });
  const folder = walk.directory.dataset();
  exportJsonl({ triples, path: join(folder, "triples.jsonl") });
  exportAlpaca({ triples, path: join(folder, "alpaca.json") });
  writeJson(join(folder, "summary.json"), summarise(triples));
  watch.finish(`${triples.length} triples · alpaca.json, triples.jsonl`);
  return { "seeds-only": seedTriples(seeds), "self-specialised": triples };
}
