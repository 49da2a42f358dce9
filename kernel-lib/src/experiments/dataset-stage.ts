// Stage "dataset": the triples both systems are tuned on, with their exports and a summary.
import { join } from "node:path";
import { buildTriples, exportAlpaca, exportJsonl, seedTriples, summarise, type Triple, tripleSchema } from "../dataset/index.js";
import { readJsonl, startStage, writeJson } from "../runtime/index.js";
import { chooseSeeds, readInstructions, readResponses } from "./generate-stage.js";
import type { TunedSystem } from "./run-directory.js";
import type { Walk } from "./walk.js";

export function makeDataset(walk: Walk): void {
  const watch = startStage("dataset", walk.onProgress);
  const triples = buildTriples({ instructions: readInstructions(walk), responses: readResponses(walk) });
  const folder = walk.directory.dataset();
  exportJsonl({ triples, path: join(folder, "triples.jsonl") });
  exportAlpaca({ triples, path: join(folder, "alpaca.json") });
  writeJson(join(folder, "summary.json"), summarise(triples));
  watch.finish(`${triples.length} triples · alpaca.json, triples.jsonl`);
}

/** What each system is tuned on. */
export const trainingTriples = (walk: Walk): Record<TunedSystem, Triple[]> => ({
  "seeds-only": seedTriples(chooseSeeds(walk.config).seeds),
  "self-specialised": readJsonl(join(walk.directory.dataset(), "triples.jsonl"), tripleSchema, "triple"),
});
