// Stage "instructions": the model writes new tasks (instruction and input) after a few random seeds (Kang et al. 2024, section on
// instruction generation; sampling after Self-MoE). Tasks are judged in the order of their attempts, whatever order they arrive in, so
// rows, rejections and ledger depend on the raw texts alone.
import type { Endpoint } from "../endpoint/index.js";
import {
  balanceLedger,
  createNoveltyIndex,
  describeLedger,
  firstBreach,
  instructionRules,
  type Rejection,
  shortInputRule,
  statementRule,
} from "../filter/index.js";
import { deriveSeed, type OnProgress, RunError, sha256, startStage, toJsonl } from "../runtime/index.js";
import type { Domain, Seed } from "../seeds/index.js";
import { randomDemonstrations, relatedDemonstrations } from "./demonstrations.js";
import { instructionPromptVersion, parseInstruction, renderInstructionPrompt } from "./instruction-prompt.js";
import type { GenerationPreset } from "./preset.js";
import { type Instruction, instructionSchema, type RawCompletion } from "./rows.js";
import { type PlannedRequest, runRequests } from "./run-requests.js";
import { openStageDirectory, type StageResult } from "./stage-directory.js";
import { writeTask } from "./write-task.js";

const stage = "instructions";

export interface GenerateInstructionsOptions {
  /** The stage's folder; a finished one is read, a begun one continued. */
  directory: string;
  seeds: readonly Seed[];
  domain: Domain;
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

type Preset = GenerationPreset["instructions"];

/** Decides attempt after attempt which task is kept. */
function createJudge({ seeds, preset, target }: { seeds: readonly Seed[]; preset: Preset; target: number }) {
  const rules = [...instructionRules, ...(preset.rejectStatements ? [statementRule] : []), shortInputRule(preset.minInputWords)];
  const rows: Instruction[] = [];
  const rejections: Rejection[] = [];
  let judged = 0;
  let failed = 0;
  const textOf = ({ instruction, input }: { instruction: string; input: string }): string =>
    preset.noveltyOn === "instruction" ? instruction : `${instruction}\n${input}`;
  const index = createNoveltyIndex({ threshold: preset.noveltyThreshold });
  for (const seed of seeds) index.add(seed.id, textOf(seed));

  return {
    isDone: () => rows.length >= target,
    result: (): StageResult<Instruction> => ({
      rows,
      rejections,
      ledger: balanceLedger(stage, { in: judged, kept: rows.length, rejections, failed }),
    }),
    judge(raw: RawCompletion) {
      const id = `task-${raw.key}`;
      judged++;
      if (raw.finishReason === "refused") {
        failed++;
        return;
      }
      const draft = parseInstruction(raw);
      const broken = firstBreach(draft, rules);
      if (broken !== null || draft.input === null) {
        rejections.push({ id, stage, rule: broken?.rule ?? "no-input", ...broken?.breach, row: { ...draft, text: raw.text } });
        return;
      }
      const task = { instruction: draft.instruction, input: draft.input };
      const { breach, nearest } = index.test(textOf(task));
      if (breach !== null) {
        rejections.push({ id, stage, rule: "near-duplicate", ...breach, row: task });
        return;
      }
      index.add(id, textOf(task));
      const { promptHash, demoIds, model, usage } = raw;
      rows.push({ id, ...task, promptHash, demoIds, sample: Number(raw.key), novelty: nearest, model, usage });
    },
  };
}

function planRequests(
  options: GenerateInstructionsOptions & { model: string },
  keyOf: (attempt: number) => string,
): PlannedRequest[][] {
  const { seeds, domain, endpoint, model, runSeed, attempts } = options;
  const preset = options.preset.instructions;
  const { samplesPerPrompt, demonstrations: count } = preset;
  const related = relatedDemonstrations({ seeds, count });
  return Array.from({ length: Math.ceil(attempts / samplesPerPrompt) }, (_, group) => {
    const key = [runSeed, stage, group];
    const demonstrations =
      preset.choose === "random"
        ? randomDemonstrations({ seeds, count, key })
        : randomDemonstrations({ seeds, count: 1, key }).flatMap(related.of);
    const prompt = renderInstructionPrompt({ domain, demonstrations });
    const origin = { demoIds: demonstrations.map(({ id }) => id), promptHash: sha256(prompt), model };
    const first = group * samplesPerPrompt;
    return Array.from({ length: Math.min(samplesPerPrompt, attempts - first) }, (_, offset) => ({
      key: keyOf(first + offset),
      async send(signal) {
        const seed = deriveSeed(runSeed, stage, first + offset);
        return { ...(await writeTask({ endpoint, model, prompt, preset, seed, signal })), ...origin };
      },
    }));
  });
}

/**
 * Writes new tasks until `target` are kept or `attempts` are used up. Raw completions reach the disk as they arrive: a stage that was
 * stopped or killed continues with the same call and ends with the same rows, at any concurrency; a finished stage is only read.
 * @throws InputError when the folder was begun with another configuration; RunError when no task survives; StoppedError on abort.
 */
export async function generateInstructions(options: GenerateInstructionsOptions): Promise<StageResult<Instruction>> {
  const { directory, seeds, domain, endpoint, preset, runSeed, attempts, signal, onProgress } = options;
  const model = options.model ?? endpoint.model;
  const target = options.target ?? Number.POSITIVE_INFINITY;
  const config = {
    stage,
    promptVersion: instructionPromptVersion,
    domain,
    model,
    runSeed,
    attempts,
    target: options.target ?? null,
    preset: preset.instructions,
    seeds: sha256(toJsonl(seeds)),
  };
  const folder = openStageDirectory({ directory, config, rowSchema: instructionSchema });
  try {
    if (folder.finished) return survivors(folder.finished);
    const keyOf = (attempt: number) => String(attempt).padStart(4, "0");
    const judge = createJudge({ seeds, preset: preset.instructions, target });
    const arrived = new Map(folder.raw.rows.map((raw) => [raw.key, raw]));
    let next = 0;
    const judgeInOrder = () => {
      for (
        let raw = arrived.get(keyOf(next));
        raw !== undefined && next < attempts && !judge.isDone();
        raw = arrived.get(keyOf(next))
      ) {
        judge.judge(raw);
        next++;
      }
    };
    judgeInOrder();
    const watch = startStage(stage, onProgress, arrived.size);
    let tokens = 0;
    await runRequests({
      stage,
      lanes: planRequests({ ...options, model }, keyOf),
      log: folder.raw,
      concurrency: options.concurrency ?? endpoint.concurrency,
      ...(signal && { signal }),
      isDone: judge.isDone,
      onCompletion(raw) {
        arrived.set(raw.key, raw);
        tokens += raw.usage.completionTokens;
        judgeInOrder();
        const speed = `${(tokens / Math.max(watch.seconds(), 1e-3)).toFixed(0)} tok/s`;
        watch.update({
          done: arrived.size,
          total: attempts,
          unit: "written",
          message: `${describeLedger(judge.result().ledger)} · ${speed}`,
        });
      },
    });
    const result = judge.result();
    folder.finish(result);
    watch.finish(describeLedger(result.ledger));
    return survivors(result);
  } finally {
    folder.close();
  }
}

function survivors(result: StageResult<Instruction>): StageResult<Instruction> {
  if (result.rows.length > 0) return result;
  throw new RunError({
    got: `no generated task survived the filter: ${result.ledger.in} written, ${describeLedger(result.ledger)}`,
    todo: 'read rejected.jsonl in the stage\'s folder; then try the preset "nearest", more attempts or a larger model',
  });
}
