// Stages "seeds", "instructions" and "responses" of a run.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openCorpus } from "../corpus/index.js";
import { ledgerSchema } from "../filter/index.js";
import {
  type GenerationPreset,
  generateInstructions,
  generateResponses,
  type Instruction,
  instructionSchema,
  presets,
  type Response,
  responseSchema,
} from "../generate/index.js";
import { InputError, readJson, readJsonl } from "../runtime/index.js";
import { countTaskKinds, loadSeeds, nestedSubset, type Seed } from "../seeds/index.js";
import type { RunConfig } from "./config.js";
import type { Walk } from "./walk.js";

/** The preset an experiment names. @throws InputError for an unknown one. */
export function choosePreset(name: string): GenerationPreset {
  if (!(name in presets)) throw new InputError({ got: `preset "${name}"`, allowed: Object.keys(presets).join(", ") });
  return presets[name as keyof typeof presets];
}

/** The seeds of a run: the project's own of the domain or the user's file, and of them a nested subset where the size asks for fewer. */
export function chooseSeeds(config: RunConfig): { seeds: Seed[]; kinds: number } {
  const all =
    config.seedFile === null ? loadSeeds({ domain: config.domain }) : loadSeeds({ domain: config.domain, path: config.seedFile });
  const seeds = config.budget.seeds === null ? all : nestedSubset(all, config.budget.seeds, config.runSeed);
  return { seeds, kinds: countTaskKinds(seeds).size };
}

/** Rows came out of it. A stage in which nothing survived is opened again, so that it says so again. */
function isFinished(folder: string): boolean {
  const path = join(folder, "ledger.json");
  return existsSync(path) && ledgerSchema.parse(readJson(path)).kept > 0;
}

export async function writeInstructions({ config, directory, host, onProgress, signal }: Walk): Promise<void> {
  if (isFinished(directory.instructions())) return;
  await generateInstructions({
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
}

/** The rows of the finished stage. */
export const readInstructions = ({ directory }: Walk): Instruction[] =>
  readJsonl(join(directory.instructions(), "rows.jsonl"), instructionSchema, "instruction");

export async function writeResponses(walk: Walk): Promise<void> {
  const { config, directory, host, onProgress, signal } = walk;
  if (isFinished(directory.responses())) return;
  const { enabled, corpus: source, passages } = config.retrieval;
  const corpus = enabled ? await openCorpus({ domain: config.domain, source }) : undefined;
  try {
    await generateResponses({
      directory: directory.responses(),
      instructions: readInstructions(walk),
      seeds: chooseSeeds(config).seeds,
      domain: config.domain,
      endpoint: await host.endpoint(),
      preset: choosePreset(config.preset),
      runSeed: config.runSeed,
      ...(corpus && { retrieval: { corpus, passages } }),
      signal,
      onProgress,
    });
  } finally {
    await corpus?.close();
  }
}

/** The rows of the finished stage. */
export const readResponses = ({ directory }: Walk): Response[] =>
  readJsonl(join(directory.responses(), "rows.jsonl"), responseSchema, "response");
