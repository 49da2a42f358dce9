// Stages "seeds", "instructions" and "responses" of a run, for the main data set and for every system that has one of its own.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openCorpus } from "../corpus/index.js";
import { completionStops, renderPrompt } from "../dataset/index.js";
import { ledgerSchema } from "../filter/index.js";
import {
  customResponsePrompt,
  type GenerateInstructionsOptions,
  type GenerationPreset,
  generateInstructions,
  generateResponses,
  type Instruction,
  instructionSchema,
  learnAnswerForms,
  presetSchema,
  presets,
  type Response,
  responseSchema,
} from "../generate/index.js";
import { InputError, readJson, readJsonl } from "../runtime/index.js";
import { loadSeeds, nestedSubset, type Seed } from "../seeds/index.js";
import { seedsOf } from "./choose-seeds.js";
import type { RunConfig } from "./config.js";
import { recipes, type TunedSystem, tasksOf } from "./systems.js";
import type { Walk } from "./walk.js";

/** The preset an experiment names, with the values it changes. @throws InputError for an unknown one. */
export function choosePreset({ preset, generation }: Pick<RunConfig, "preset" | "generation">): GenerationPreset {
  const named = Object.entries(presets).find(([name]) => name === preset)?.[1];
  if (!named) throw new InputError({ got: `preset "${preset}"`, allowed: Object.keys(presets).join(", ") });
  return presetSchema.parse({
    ...named,
    instructions: { ...named.instructions, ...generation.instructions },
    responses: { ...named.responses, ...generation.responses },
  });
}

/** What a system's rows grow from: the run's seeds, or as many of Self-Instruct's general tasks. */
function recipeSeeds(walk: Walk, system: TunedSystem): Pick<GenerateInstructionsOptions, "seeds" | "domain"> {
  const { config } = walk;
  const seeds = seedsOf(walk);
  if (recipes[system].seeds === "domain") return { seeds, domain: config.domain };
  const general = loadSeeds({ domain: "general" });
  return { seeds: nestedSubset(general, Math.min(seeds.length, general.length), config.runSeed), domain: "general" };
}

/** The preset with its filters taken out where the recipe says so: everything that can be parsed is kept. General tasks need no input. */
function recipePreset(config: RunConfig, system: TunedSystem): GenerationPreset {
  const chosen = choosePreset(config);
  const { prompts = chosen.instructions.prompts } = recipes[system];
  const preset = { ...chosen, instructions: { ...chosen.instructions, prompts: [...prompts] } };
  if (recipes[system].seeds === "general") return { ...preset, instructions: { ...preset.instructions, minInputWords: 0 } };
  if (recipes[system].filtered) return preset;
  return {
    ...preset,
    instructions: { ...preset.instructions, filter: "parse-only" },
    responses: { ...preset.responses, filter: "parse-only" },
  };
}

/** How a tuned model is asked: by the template it was tuned on, without demonstrations. */
const tunedPrompt = customResponsePrompt({
  name: "tuned-template",
  stops: completionStops,
  render: ({ question }) => renderPrompt(question),
});

/** Rows came out of it. A stage in which nothing survived is opened again, so that it says so again. */
function isFinished(folder: string): boolean {
  const path = join(folder, "ledger.json");
  return existsSync(path) && ledgerSchema.parse(readJson(path)).kept > 0;
}

export async function writeInstructions(walk: Walk, system: TunedSystem = "self-specialised"): Promise<void> {
  const { config, directory, host, onProgress, signal } = walk;
  if (isFinished(directory.instructions(system))) return;
  await generateInstructions({
    directory: directory.instructions(system),
    ...recipeSeeds(walk, system),
    endpoint: await host.endpoint(),
    preset: recipePreset(config, system),
    runSeed: config.runSeed,
    attempts: config.budget.maxAttempts,
    target: Math.ceil(config.budget.targetRows * (recipes[system].share ?? 1)),
    signal,
    onProgress,
  });
}

/** A row's id where rows of several systems meet. */
export const qualifiedId = (system: TunedSystem, id: string): string => (system === "self-specialised" ? id : `${system}-${id}`);

/** Tells the tasks that are answered by phrases of their inputs. */
export function extractionTest(seeds: readonly Seed[]): (task: { instruction: string; demoIds: readonly string[] }) => boolean {
  const forms = learnAnswerForms(seeds);
  return (task) => forms.of(task).form === "extraction";
}

/** The instructions that a system's rows answer; those of a later round come from all stages behind its teacher. */
export function readInstructions(walk: Walk, system: TunedSystem = "self-specialised"): Instruction[] {
  const sources = tasksOf(system);
  const rows = sources.flatMap((source) =>
    readJsonl(join(walk.directory.instructions(source), "rows.jsonl"), instructionSchema, "instruction").map((row) =>
      sources.length === 1 ? row : { ...row, id: qualifiedId(source, row.id) },
    ),
  );
  const { answeredBy, extractionsOnly } = recipes[system];
  return answeredBy !== undefined && extractionsOnly ? rows.filter(extractionTest(seedsOf(walk))) : rows;
}

export async function writeResponses(walk: Walk, system: TunedSystem = "self-specialised"): Promise<void> {
  const { config, directory, host, onProgress, signal } = walk;
  if (isFinished(directory.responses(system))) return;
  const { enabled, corpus: source, passages } = config.retrieval;
  const { retrieval = enabled, answeredBy } = recipes[system];
  const corpus = retrieval ? await openCorpus({ domain: config.domain, source }) : undefined;
  try {
    await generateResponses({
      directory: directory.responses(system),
      instructions: readInstructions(walk, system),
      ...recipeSeeds(walk, system),
      endpoint: await host.endpoint(),
      ...(answeredBy && { model: await host.adapter(answeredBy), prompt: tunedPrompt }),
      preset: recipePreset(config, system),
      runSeed: config.runSeed,
      askAgain: answeredBy !== undefined || recipes[system].retrieval !== undefined,
      ...(corpus && { retrieval: { corpus, passages } }),
      signal,
      onProgress,
    });
  } finally {
    await corpus?.close();
  }
}

/** The rows of the finished stage. */
export const readResponses = ({ directory }: Walk, system: TunedSystem = "self-specialised"): Response[] =>
  readJsonl(join(directory.responses(system), "rows.jsonl"), responseSchema, "response");
