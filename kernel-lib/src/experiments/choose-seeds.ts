// The seeds of a run. Those it was begun with stay in its folder and are the run's from then on, whatever becomes of the file that they came from.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError, readJsonl, toJsonl } from "../runtime/index.js";
import { loadSeeds, nestedSubset, type Seed, seedSchema } from "../seeds/index.js";
import type { RunConfig } from "./config.js";
import type { RunDirectory } from "./run-directory.js";

/** What the configuration names now: the project's own seeds of the domain or the user's file, and of them a nested subset where the size asks for fewer. */
export function chooseSeeds({ seedFile, domain, budget, runSeed }: RunConfig): Seed[] {
  const all = seedFile === null ? loadSeeds({ domain }) : loadSeeds({ domain, path: seedFile });
  return budget.seeds === null ? all : nestedSubset(all, budget.seeds, runSeed);
}

interface SeededRun {
  config: RunConfig;
  directory: RunDirectory;
}

const keptPath = (directory: RunDirectory): string => join(directory.instructions(), "seeds.jsonl");

/** The seeds that the run was begun with; before that, those that it would be begun with now. */
export const seedsOf = ({ config, directory }: SeededRun): Seed[] =>
  existsSync(keptPath(directory)) ? readJsonl(keptPath(directory), seedSchema, "seed") : chooseSeeds(config);

/** How two sets differ, by ids. */
function differenceOf(kept: readonly Seed[], now: readonly Seed[]): string {
  const texts = new Map(now.map((seed) => [seed.id, JSON.stringify(seed)]));
  const changed = kept.filter((seed) => texts.has(seed.id) && texts.get(seed.id) !== JSON.stringify(seed));
  const gone = kept.filter(({ id }) => !texts.has(id));
  const added = now.length - kept.length + gone.length;
  const first = changed[0] ?? gone[0];
  if (first === undefined && added === 0) return "their order changed";
  return `${changed.length} changed, ${gone.length} gone, ${added} new${first === undefined ? "" : `; ${first.id}, for one`}`;
}

/**
 * Rows that grew from one set of seeds are not continued with another.
 * @throws InputError where the configuration no longer gives the seeds that the run was begun with.
 */
export function checkSeeds({ config, directory }: SeededRun): void {
  const [kept, now] = [seedsOf({ config, directory }), chooseSeeds(config)];
  if (toJsonl(kept) === toJsonl(now)) return;
  const source = config.seedFile ?? `the project's seeds of ${config.domain}`;
  throw new InputError({
    got: `${source} no longer gives the seeds that ${directory.path} was begun with (${differenceOf(kept, now)})`,
    allowed: `continuing a run with the seeds in ${keptPath(directory)}`,
    todo: "restore them, or name an empty folder with --dir",
  });
}
