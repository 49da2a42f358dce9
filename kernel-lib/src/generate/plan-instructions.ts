// Which attempt is asked with which prompt. Attempts that share a prompt form a lane, lanes form waves; everything is drawn for the lane's
// number alone, and machine-written demonstrations from what earlier waves kept, so nothing depends on the order of arrival.
import type { Endpoint } from "../endpoint/index.js";
import { deriveSeed, sha256 } from "../runtime/index.js";
import type { Seed, SeedDomain } from "../seeds/index.js";
import { answerFirstTasks, isAnswerFirst, renderAnswerFirstPrompt, writeAnswerFirst } from "./answer-first.js";
import { mixInMachineTasks, randomDemonstrations, relatedDemonstrations } from "./demonstrations.js";
import type { InstructionPreset } from "./instruction-preset.js";
import { renderInstructionPrompt } from "./instruction-prompt.js";
import { attemptKey, instructionStage } from "./judge-instructions.js";
import type { PromptFile } from "./prompt-files.js";
import type { Instruction } from "./rows.js";
import type { PlannedRequest } from "./run-requests.js";
import { drawSubDomain, listSubDomains } from "./sub-domains.js";
import { type TaskRequest, writeTask } from "./write-task.js";

type SampleRequest = Pick<TaskRequest, "seed" | "sample" | "signal">;

export interface PlanOptions {
  seeds: readonly Seed[];
  domain: SeedDomain;
  endpoint: Endpoint;
  model: string;
  preset: InstructionPreset;
  /** The files that the preset names. */
  prompts: readonly PromptFile[];
  runSeed: number;
  attempts: number;
  /** What the judge kept, growing; read up to the rows of earlier waves. */
  rows: readonly Instruction[];
}

/** The waves in order; the next may be asked for once every attempt of the one before is judged. */
export function* planWaves(options: PlanOptions): Generator<Iterable<PlannedRequest[]>> {
  const { rows, attempts } = options;
  const { samplesPerPrompt, machineDemonstrations, waveSize } = options.preset;
  const lanes = Math.ceil(attempts / samplesPerPrompt);
  const lanesPerWave = machineDemonstrations === 0 ? lanes : Math.ceil(waveSize / samplesPerPrompt);
  const planLane = lanePlanner(options);
  let pool = 0;
  for (let first = 0; first < lanes; first += lanesPerWave) {
    while (pool < rows.length && rows[pool]!.sample < first * samplesPerPrompt) pool++;
    yield planWave(first, Math.min(first + lanesPerWave, lanes), pool, planLane);
  }
}

type PlanLane = (lane: number, pool: number) => PlannedRequest[];

function* planWave(first: number, end: number, pool: number, planLane: PlanLane): Generator<PlannedRequest[]> {
  for (let lane = first; lane < end; lane++) yield planLane(lane, pool);
}

/** Plans one lane; its prompt is made when its first request is sent. */
function lanePlanner({ seeds, domain, endpoint, model, preset, prompts, runSeed, attempts, rows }: PlanOptions): PlanLane {
  const { samplesPerPrompt, demonstrations: count, choose, machineDemonstrations } = preset;
  const related = relatedDemonstrations({ seeds, count });
  const drawAnswerFirst = answerFirstTasks({ seeds, count });
  const subDomains = listSubDomains(preset.subDomains, domain);

  const originOf = (prompt: PromptFile, text: string, demonstrations: readonly { id: string }[]) => ({
    prompt: prompt.name,
    demoIds: demonstrations.map(({ id }) => id),
    promptHash: sha256(text),
    model,
  });

  const prepareAnswerFirst = (prompt: PromptFile, key: (string | number)[]) => {
    const { seed, demonstrations } = drawAnswerFirst(key);
    const text = renderAnswerFirstPrompt({ prompt, domain, demonstrations, instruction: seed.instruction });
    return {
      write: (request: SampleRequest) =>
        writeAnswerFirst({ endpoint, model, prompt: text, instruction: seed.instruction, preset, ...request }),
      origin: originOf(prompt, text, [...demonstrations, seed]),
    };
  };

  const prepareLane = (lane: number, pool: number) => {
    const key = [runSeed, instructionStage, lane];
    const prompt = prompts[lane % prompts.length]!;
    if (isAnswerFirst(prompt.name)) return prepareAnswerFirst(prompt, key);
    const ofSeeds =
      choose === "random"
        ? randomDemonstrations({ seeds, count, key })
        : randomDemonstrations({ seeds, count: 1, key }).flatMap(related.of);
    const order = choose === "random" ? "shuffled" : "first";
    const demonstrations = mixInMachineTasks({ seeds: ofSeeds, rows, pool, count: machineDemonstrations, order, key });
    const subDomain = drawSubDomain(subDomains, key);
    const text = renderInstructionPrompt({ prompt, domain, demonstrations, ...(subDomain !== undefined && { subDomain }) });
    return {
      write: (request: SampleRequest) => writeTask({ endpoint, model, prompt: text, subDomain, preset, ...request }),
      origin: { ...originOf(prompt, text, demonstrations), ...(subDomain !== undefined && { subDomain }) },
    };
  };

  return (lane, pool) => {
    let prepared: ReturnType<typeof prepareLane> | undefined;
    const first = lane * samplesPerPrompt;
    return Array.from({ length: Math.min(samplesPerPrompt, attempts - first) }, (_, sample) => ({
      key: attemptKey(first + sample),
      async send(signal) {
        prepared ??= prepareLane(lane, pool);
        const { write, origin } = prepared;
        const seed = deriveSeed(runSeed, instructionStage, first + sample);
        return { ...(await write({ seed, sample, signal })), ...origin };
      },
    }));
  };
}
