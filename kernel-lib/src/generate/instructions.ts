// Stage "instructions": the model writes new tasks (instruction and input) after a few demonstrations (Kang et al. 2024, section on
// instruction generation; sampling after Self-MoE). Tasks are judged in the order of their attempts, whatever order they arrive in, so
// rows, rejections and ledger depend on the raw texts alone.
import { join } from "node:path";
import type { Endpoint } from "../endpoint/index.js";
import { describeLedger } from "../filter/index.js";
import { type OnProgress, RunError, sha256, startStage, toJsonl, writeAtomic } from "../runtime/index.js";
import type { Seed, SeedDomain } from "../seeds/index.js";
import { instructionParserVersion } from "./instruction-prompt.js";
import { attemptKey, createInstructionJudge, instructionStage } from "./judge-instructions.js";
import { planWaves } from "./plan-instructions.js";
import type { GenerationPreset } from "./preset.js";
import { promptRecord, readPrompt } from "./prompt-files.js";
import { type Instruction, instructionSchema } from "./rows.js";
import { runRequests } from "./run-requests.js";
import { openStageDirectory, type StageResult } from "./stage-directory.js";

export interface GenerateInstructionsOptions {
  /** The stage's folder; a finished one is read, a begun one continued. */
  directory: string;
  seeds: readonly Seed[];
  /** What the prompts name; "general" names none. */
  domain: SeedDomain;
  endpoint: Endpoint;
  /** The model that writes; the endpoint's own by default, an adapter for a second round. */
  model?: string;
  preset: GenerationPreset;
  runSeed: number;
  /** At most this many tasks are written. */
  attempts: number;
  /** Stop once this many are kept; without it all attempts are made. */
  target?: number;
  /** Requests in flight; the endpoint's own number by default. Does not change the rows. */
  concurrency?: number;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/**
 * Writes new tasks until `target` are kept, `attempts` are used up, the preset's token budget is spent, or too little of what comes is new
 * (`stopped` says which). Raw completions reach the disk as they arrive: a stage that was stopped or killed continues with the same call
 * and ends with the same rows, at any concurrency; a finished stage is only read.
 * @throws InputError when the folder was begun with another configuration or a prompt is unknown; RunError when no task survives;
 * StoppedError on abort.
 */
export async function generateInstructions(options: GenerateInstructionsOptions): Promise<StageResult<Instruction>> {
  const { directory, seeds, domain, endpoint, runSeed, attempts, signal, onProgress } = options;
  const model = options.model ?? endpoint.model;
  const preset = options.preset.instructions;
  const prompts = preset.prompts.map(readPrompt);
  const config = {
    stage: instructionStage,
    prompts: prompts.map(promptRecord),
    parserVersion: instructionParserVersion,
    domain,
    model,
    runSeed,
    attempts,
    target: options.target ?? null,
    preset,
    seeds: sha256(toJsonl(seeds)),
  };
  const folder = openStageDirectory({ directory, config, rowSchema: instructionSchema });
  try {
    if (folder.finished) return survivors(folder.finished);
    writeAtomic(join(directory, "seeds.jsonl"), toJsonl(seeds));
    const judge = createInstructionJudge({ seeds, preset, target: options.target ?? Number.POSITIVE_INFINITY });
    const waiting = new Map(folder.raw.rows.map((raw) => [raw.key, raw]));
    const known = new Set(waiting.keys());
    let next = 0;
    const judgeInOrder = () => {
      for (let key = attemptKey(next); waiting.has(key) && next < attempts && !judge.stopped; key = attemptKey(++next)) {
        judge.judge(waiting.get(key)!);
        waiting.delete(key);
      }
    };
    judgeInOrder();
    const watch = startStage(instructionStage, onProgress, known.size);
    let written = known.size;
    let tokens = 0;
    for (const lanes of planWaves({ seeds, domain, endpoint, model, preset, prompts, runSeed, attempts, rows: judge.rows })) {
      await runRequests({
        stage: instructionStage,
        endpoint,
        lanes,
        log: folder.raw,
        known,
        concurrency: options.concurrency,
        signal,
        isDone: () => judge.stopped !== undefined,
        onCompletion(raw) {
          waiting.set(raw.key, raw);
          written++;
          tokens += raw.usage.completionTokens;
          judgeInOrder();
        },
        report(note) {
          const speed = `${(tokens / Math.max(watch.seconds(), 1e-3)).toFixed(0)} tok/s`;
          const message = [judge.describe(), speed, ...(note === undefined ? [] : [note])].join(" · ");
          watch.update({ done: written, total: attempts, unit: "written", message });
        },
      });
      if (judge.stopped) break;
    }
    const result = judge.result();
    folder.finish(result);
    watch.finish(describeEnd(result));
    return survivors(result);
  } finally {
    folder.close();
  }
}

/** The funnel; and why the stage ended, where it was neither its target nor its last attempt. */
function describeEnd({ ledger, stopped }: StageResult<Instruction>): string {
  const asPlanned = stopped === undefined || stopped.reason === "target" || stopped.reason === "attempts";
  return asPlanned ? describeLedger(ledger) : `${describeLedger(ledger)} · ${stopped.line}`;
}

function survivors(result: StageResult<Instruction>): StageResult<Instruction> {
  if (result.rows.length > 0) return result;
  throw new RunError({
    got: `no generated task survived the filter: ${result.ledger.in} written, ${describeEnd(result)}`,
    todo: 'read rejected.jsonl in the stage\'s folder; then try the preset "nearest", more attempts or a larger model',
  });
}
