// Stages "seeds", "instructions" and "responses" of a run.
import { openCorpus } from "../corpus/index.js";
import {
  type GenerationPreset,
  generateInstructions,
  generateResponses,
  type Instruction,
  presets,
  type Response,
} from "../generate/index.js";
import { InputError } from "../runtime/index.js";
import { countTaskKinds, loadSeeds, nestedSubset, type Seed } from "../seeds/index.js";
import type { RunConfig } from "./config.js";
import type { Walk } from "./corridor.js";

/** The preset an experiment names. @throws InputError for an unknown one. */
export function choosePreset(name: string): GenerationPreset {
  if (!(name in presets)) throw new InputError({ got: `preset "${name}"`, allowed: Object.keys(presets).join(", ") });
  return presets[name as keyof typeof presets];
}

/** The seeds of a run: the project's own of the domain or the user's file, and of them a nested subset where the size asks for fewer. */
export function chooseSeeds(config: RunConfig): { seeds: Seed[]; kinds: number } {
  const all = config.seedFile === null ? loadSeeds({ domain: config.domain }) : loadSeeds({ path: config.seedFile });
  const seeds = config.budget.seeds === null ? all : nestedSubset(all, config.budget.seeds, config.runSeed);
  return { seeds, kinds: countTaskKinds(seeds).size };
}

export async function writeInstructions({ config, directory, host, onProgress, signal }: Walk): Promise<Instruction[]> {
  const { rows } = await generateInstructions({
    directory: directory.instructions(),
    seeds: chooseSeeds(config).seeds,
    domain: config.domain,
    endpoint: await host.endpoint(),
    preset: choosePreset(config.preset),
    runSeed: config.runSeed,
    attempts: config.budget.maxAttempts,
    target: config.budget.targetRows,
    signal,
    onProgress,
  });
  return rows;
}

export async function writeResponses(walk: Walk): Promise<Response[]> {
  const { config, directory, host, onProgress, signal } = walk;
  const instructions = await writeInstructions(walk);
  const { retrieval } = config;
  const { rows } = await generateResponses({
    directory: directory.responses(),
    instructions,
    seeds: chooseSeeds(config).seeds,
    domain: config.domain,
    endpoint: await host.endpoint(),
    preset: choosePreset(config.preset),
    runSeed: config.runSeed,
    ...(retrieval.enabled && {
      retrieval: { corpus: await openCorpus({ domain: config.domain, source: retrieval.corpus }), passages: retrieval.passages },
    }),
    signal,
    onProgress,
  });
  return rows;
}
