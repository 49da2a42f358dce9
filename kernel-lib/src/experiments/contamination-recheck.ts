// An evaluation of another run's adapters asks other items than that run was searched for: what the adapters were tuned on is searched again. It is
// too late to stop a training; contaminated items leave the clean subset, and the scores say so.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { tripleSchema } from "../dataset/index.js";
import { blockingFindings } from "../evaluate/index.js";
import { readJsonl } from "../runtime/index.js";
import { checkContamination, readContamination } from "./contamination-gate.js";
import { dataSetsBehind } from "./systems.js";
import type { Walk } from "./walk.js";

/** Searches every data set behind the adapters that was not searched yet; returns a notice for each that holds test items. */
export async function recheckContamination(walk: Walk): Promise<string[]> {
  const { config, directory } = walk;
  if (config.adaptersFrom === null || config.tasks.length === 0) return [];
  const notices: string[] = [];
  for (const system of dataSetsBehind(config.systems)) {
    const path = join(directory.dataset(system), "triples.jsonl");
    if (!existsSync(path)) continue;
    if (readContamination(directory, system) === undefined) {
      const triples = readJsonl(path, tripleSchema, "triple");
      await checkContamination({ ...walk, config: { ...config, contamination: "report" } }, system, triples);
    }
    const found = blockingFindings(readContamination(directory, system)!);
    const items = new Set(found.map(({ taskId, itemId }) => `${taskId} ${itemId}`)).size;
    if (items > 0) notices.push(`${items} test items stand in what ${system} was tuned on; the clean subset is without them`);
  }
  return notices;
}
