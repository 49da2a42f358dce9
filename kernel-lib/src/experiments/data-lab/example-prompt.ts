// One instruction prompt as the run would send it, before anything is sent.
import {
  type PromptRecord,
  promptRecord,
  readPrompt,
  relatedDemonstrations,
  renderInstructionPrompt,
} from "../../generate/index.js";
import { chooseSeeds } from "../choose-seeds.js";
import { choosePreset } from "../generate-stage.js";
import type { Run } from "../run.js";

/** The prompt around the run's first seed, with the file it is rendered from. */
export function examplePrompt({ config }: Pick<Run, "config">): { file: PromptRecord; text: string } {
  const seeds = chooseSeeds(config);
  const { prompts, demonstrations: count } = choosePreset(config).instructions;
  const prompt = readPrompt(prompts[0]!);
  const demonstrations = relatedDemonstrations({ seeds, count }).of(seeds[0]!);
  return { file: promptRecord(prompt), text: renderInstructionPrompt({ prompt, domain: config.domain, demonstrations }) };
}
