// Stage "responses": the same model answers the tasks it wrote, after five seeds with their answers (Kang et al. 2024, response
// generation; greedy after Self-MoE), with retrieved domain passages where retrieval is on (the paper's optional external knowledge).
import type { Corpus } from "../corpus/index.js";
import type { Endpoint } from "../endpoint/index.js";
import {
  type AnsweredTask,
  balanceLedger,
  conflictingAnswers,
  describeLedger,
  firstBreach,
  inventedSpanRule,
  leakedLabelRule,
  type Rejection,
  type Rule,
  responseRules,
} from "../filter/index.js";
import { deriveSeed, InputError, type OnProgress, RunError, sha256, startStage, toJsonl } from "../runtime/index.js";
import type { Domain, Seed } from "../seeds/index.js";
import { ask } from "./ask.js";
import { randomDemonstrations, relatedDemonstrations } from "./demonstrations.js";
import type { GenerationPreset } from "./preset.js";
import { parseResponse, renderResponsePrompt, responsePromptVersion, responseStops } from "./response-prompt.js";
import { type Instruction, type RawCompletion, type Response, responseSchema } from "./rows.js";
import { type PlannedRequest, runRequests } from "./run-requests.js";
import { openStageDirectory, type StageResult } from "./stage-directory.js";

const stage = "responses";

export interface GenerateResponsesOptions {
  /** The stage's folder; a finished one is read, a begun one continued. */
  directory: string;
  instructions: readonly Instruction[];
  seeds: readonly Seed[];
  domain: Domain;
  endpoint: Endpoint;
  /** The model that answers; the endpoint's own by default, an adapter for iterative re-generation. */
  model?: string;
  preset: GenerationPreset;
  runSeed: number;
  /** Shows each prompt the `passages` best passages of the corpus; off by default. */
  retrieval?: { corpus: Corpus; passages: number };
  /** Requests in flight; the endpoint's own number by default. Does not change the rows. */
  concurrency?: number;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

function planRequests(options: GenerateResponsesOptions & { model: string }): PlannedRequest[][] {
  const { instructions, seeds, domain, endpoint, model, runSeed, retrieval } = options;
  const { demonstrations: count, choose, temperature, topP, maxTokens } = options.preset.responses;
  const related = relatedDemonstrations({ seeds, count });
  const lanes = new Map<string, PlannedRequest[]>();
  for (const { id, instruction, input } of instructions) {
    const demonstrations =
      choose === "related" ? related.nearestTo(instruction) : randomDemonstrations({ seeds, count, key: [runSeed, stage, id] });
    const demoIds = demonstrations.map((seed) => seed.id);
    const lane = lanes.get(demoIds.join(" ")) ?? [];
    lanes.set(demoIds.join(" "), lane);
    lane.push({
      key: id,
      async send(signal) {
        const passages = await retrieval?.corpus.search(`${instruction} ${input}`, retrieval.passages);
        const prompt = renderResponsePrompt({
          domain,
          demonstrations,
          question: { instruction, input },
          ...(passages && { passages }),
        });
        const found = passages?.map((passage) => ({ id: passage.id, rank: passage.rank, score: passage.score }));
        const seed = deriveSeed(runSeed, stage, id);
        const sampling = { temperature, topP, maxTokens, stop: responseStops };
        const written = await ask({ endpoint, prompt, model, seed, ...sampling, signal });
        return { ...written, demoIds, ...(found && { passages: found }), promptHash: sha256(prompt), model };
      },
    });
  }
  return [...lanes.values()];
}

function rulesFor(preset: GenerationPreset["responses"], seeds: readonly Seed[]): Rule<AnsweredTask>[] {
  return [
    ...responseRules,
    ...(preset.rejectLeakedLabels ? [leakedLabelRule(seeds)] : []),
    ...(preset.rejectInventedSpans ? [inventedSpanRule(seeds)] : []),
  ];
}

type Verdict = { task: AnsweredTask; response: Response } | { rejection: Rejection } | "failed";

/** Judges one answer by itself. */
function judgeAnswer(instruction: Instruction, raw: RawCompletion, rules: readonly Rule<AnsweredTask>[]): Verdict {
  if (raw.finishReason === "refused") return "failed";
  const { text, finishReason, demoIds, passages, promptHash, model, usage } = raw;
  const task = { instruction: instruction.instruction, input: instruction.input, output: parseResponse(text), finishReason };
  const broken = firstBreach(task, rules);
  if (broken !== null)
    return { rejection: { id: instruction.id, stage, rule: broken.rule, ...broken.breach, row: { ...task, text } } };
  const response = {
    instructionId: instruction.id,
    output: task.output,
    demoIds,
    ...(passages && { passages }),
    promptHash,
    model,
    usage,
  };
  return { task, response };
}

/** Gathers the verdicts in the order of the instructions; answers that contradict each other fall here. */
function gather(instructions: readonly Instruction[], verdicts: ReadonlyMap<string, Verdict>): StageResult<Response> {
  const inOrder = instructions.flatMap(({ id }) => verdicts.get(id) ?? []);
  const rejections = inOrder.flatMap((verdict) =>
    typeof verdict === "object" && "rejection" in verdict ? [verdict.rejection] : [],
  );
  const passed = inOrder.flatMap((verdict) => (typeof verdict === "object" && "response" in verdict ? [verdict] : []));
  const conflicting = conflictingAnswers(passed.map(({ task }) => task));
  const rows = passed.filter((_, index) => !conflicting.has(index)).map(({ response }) => response);
  passed.forEach(({ task, response }, index) => {
    if (conflicting.has(index)) rejections.push({ id: response.instructionId, stage, rule: "conflicting-answers", row: task });
  });
  const failed = inOrder.filter((verdict) => verdict === "failed").length;
  return { rows, rejections, ledger: balanceLedger(stage, { in: inOrder.length, kept: rows.length, rejections, failed }) };
}

/**
 * Answers every task once. Raw completions reach the disk as they arrive: a stage that was stopped or killed continues with the same
 * call and ends with the same rows, at any concurrency; a finished stage is only read.
 * @throws InputError when the folder was begun with another configuration or ids repeat; RunError when no answer survives; StoppedError on abort.
 */
export async function generateResponses(options: GenerateResponsesOptions): Promise<StageResult<Response>> {
  const { directory, instructions, seeds, domain, endpoint, preset, runSeed, retrieval, signal, onProgress } = options;
  if (new Set(instructions.map(({ id }) => id)).size < instructions.length)
    throw new InputError({ got: "two instructions with the same id", allowed: "unique ids", todo: "give every row its own id" });
  const model = options.model ?? endpoint.model;
  const config = {
    stage,
    promptVersion: responsePromptVersion,
    domain,
    model,
    runSeed,
    preset: preset.responses,
    seeds: sha256(toJsonl(seeds)),
    instructions: sha256(toJsonl(instructions)),
    retrieval: retrieval ? { corpus: retrieval.corpus.fingerprint, passages: retrieval.passages } : null,
  };
  const folder = openStageDirectory({ directory, config, rowSchema: responseSchema });
  try {
    if (folder.finished) return survivors(folder.finished);
    const rules = rulesFor(preset.responses, seeds);
    const tasks = new Map(instructions.map((instruction) => [instruction.id, instruction]));
    const verdicts = new Map<string, Verdict>();
    const counts = { kept: 0, rejected: {} as Record<string, number>, failed: 0 };
    const judge = (raw: RawCompletion) => {
      const task = tasks.get(raw.key);
      if (task === undefined) return;
      const verdict = judgeAnswer(task, raw, rules);
      verdicts.set(raw.key, verdict);
      if (verdict === "failed") counts.failed++;
      else if ("response" in verdict) counts.kept++;
      else counts.rejected[verdict.rejection.rule] = (counts.rejected[verdict.rejection.rule] ?? 0) + 1;
    };
    folder.raw.rows.forEach(judge);
    const watch = startStage(stage, onProgress, verdicts.size);
    let tokens = 0;
    await runRequests({
      stage,
      lanes: planRequests({ ...options, model }),
      log: folder.raw,
      concurrency: options.concurrency ?? endpoint.concurrency,
      ...(signal && { signal }),
      isDone: () => false,
      onCompletion(raw) {
        judge(raw);
        tokens += raw.usage.completionTokens;
        const speed = `${(tokens / Math.max(watch.seconds(), 1e-3)).toFixed(0)} tok/s`;
        const message = `${describeLedger(counts)} · ${speed}`;
        watch.update({ done: verdicts.size, total: instructions.length, unit: "answered", message });
      },
    });
    const result = gather(instructions, verdicts);
    folder.finish(result);
    watch.finish(describeLedger(result.ledger));
    return survivors(result);
  } finally {
    folder.close();
  }
}

function survivors(result: StageResult<Response>): StageResult<Response> {
  if (result.rows.length > 0) return result;
  throw new RunError({
    got: `no generated answer survived the filter: ${result.ledger.in} answered, ${describeLedger(result.ledger)}`,
    todo: "read rejected.jsonl in the stage's folder; then try more rows, a larger token limit or a larger model",
  });
}
