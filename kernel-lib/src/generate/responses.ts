// Stage "responses": the same model answers the tasks it wrote, after seeds with their answers (Kang et al. 2024, response
// generation; greedy after Self-MoE), with retrieved domain passages where retrieval is on (the paper's optional external
// knowledge).
import type { Corpus } from "../corpus/index.js";
import type { Endpoint } from "../endpoint/index.js";
import { describeLedger } from "../filter/index.js";
import { InputError, type OnProgress, RunError, sha256, startStage, toJsonl } from "../runtime/index.js";
import type { Seed, SeedDomain } from "../seeds/index.js";
import { stage } from "./answer-task.js";
import { createAnswerJudge } from "./judge-answers.js";
import type { GenerationPreset } from "./preset.js";
import { type ResponsePrompt, responseParserVersion, responsePromptFile } from "./response-prompt.js";
import { planRequests } from "./response-requests.js";
import { type Instruction, type Response, responseSchema } from "./rows.js";
import { runRequests } from "./run-requests.js";
import { openStageDirectory, type StageResult } from "./stage-directory.js";

export interface GenerateResponsesOptions {
  /**
   * The stage's folder; a finished one is read, a begun one continued. Each setting of retrieval or levers needs one of its own,
   * the instructions can be the same.
   */
  directory: string;
  instructions: readonly Instruction[];
  seeds: readonly Seed[];
  domain: SeedDomain;
  endpoint: Endpoint;
  /** The model that answers; the endpoint's own by default, an adapter for iterative re-generation. */
  model?: string;
  /** Another way to ask than the preset's prompt file, such as the template that an adapter was tuned on. */
  prompt?: ResponsePrompt;
  preset: GenerationPreset;
  runSeed: number;
  /** Ask also for answers that were written before their inputs; by default they are taken as they are. */
  askAgain?: boolean;
  /** Shows each prompt the `passages` best passages of the corpus; off by default. */
  retrieval?: { corpus: Corpus; passages: number };
  /** Requests in flight; the endpoint's own number by default. Does not change the rows. */
  concurrency?: number;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/**
 * Answers every task, with as many samples as the preset asks for. Raw completions reach the disk as they arrive: a stage that
 * was stopped or killed continues with the same call and ends with the same rows, at any concurrency; a finished stage is only
 * read.
 * @throws InputError when the folder was begun with another configuration or ids repeat; RunError when no answer survives;
 * StoppedError on abort.
 */
export async function generateResponses(options: GenerateResponsesOptions): Promise<StageResult<Response>> {
  const { directory, seeds, domain, endpoint, runSeed, retrieval, askAgain = false, signal, onProgress } = options;
  const instructions = askAgain ? options.instructions.map(({ answer: _, ...task }) => task) : options.instructions;
  if (new Set(instructions.map(({ id }) => id)).size < instructions.length)
    throw new InputError({ got: "two instructions with the same id", allowed: "unique ids", todo: "give every row its own id" });
  const model = options.model ?? endpoint.model;
  const preset = options.preset.responses;
  const prompt = options.prompt ?? responsePromptFile(preset.prompt);
  const config = {
    stage,
    prompt: { name: prompt.name, sha256: prompt.sha256 },
    parserVersion: responseParserVersion,
    domain,
    model,
    runSeed,
    preset,
    seeds: sha256(toJsonl(seeds)),
    instructions: sha256(toJsonl(instructions)),
    retrieval: retrieval ? { corpus: retrieval.corpus.fingerprint, passages: retrieval.passages } : null,
  };
  const folder = openStageDirectory({ directory, config, rowSchema: responseSchema });
  try {
    if (folder.finished) return survivors(folder.finished);
    const judge = createAnswerJudge({ instructions, seeds, preset });
    const counts = { kept: 0, rejected: {} as Record<string, number>, failed: 0 };
    const take = (raw: Parameters<typeof judge.take>[0]) => {
      const verdict = judge.take(raw);
      if (verdict === null) return;
      if (verdict === "failed") counts.failed++;
      else if ("response" in verdict) counts.kept++;
      else counts.rejected[verdict.rejection.rule] = (counts.rejected[verdict.rejection.rule] ?? 0) + 1;
    };
    folder.raw.rows.forEach(take);
    const watch = startStage(stage, onProgress, judge.judged());
    let tokens = 0;
    await runRequests({
      stage,
      endpoint,
      lanes: planRequests({ ...options, instructions, model, prompt, preset }),
      log: folder.raw,
      concurrency: options.concurrency,
      signal,
      isDone: () => false,
      onCompletion(raw) {
        take(raw);
        tokens += raw.usage.completionTokens;
      },
      report(note) {
        const speed = `${(tokens / Math.max(watch.seconds(), 1e-3)).toFixed(0)} tok/s`;
        const message = [describeLedger(counts), speed, ...(note === undefined ? [] : [note])].join(" · ");
        watch.update({ done: judge.judged(), total: instructions.length, unit: "answered", message });
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

function survivors(result: StageResult<Response>): StageResult<Response> {
  if (result.rows.length > 0) return result;
  throw new RunError({
    got: `no generated answer survived the filter: ${result.ledger.in} answered, ${describeLedger(result.ledger)}`,
    todo: "read rejected.jsonl in the stage's folder; then try more rows, a larger token limit or a larger model",
  });
}
