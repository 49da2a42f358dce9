// Continuous batching over the sequences of one llama.cpp context. The same request gives the same tokens to the last bit, alone or
// among others, because every position is always evaluated in one of two ways: prompt tokens at least two of a sequence together,
// generated tokens one a sequence; what was generated is never reused as a prompt's prefix. Flash attention
// is off for it. True of F16, Q8_0, Q4_1 and Q4_K files on the CPU at any thread count; on BF16 logits move by about 1e-5.
import { clock, RunError } from "../../runtime/index.js";
import { createAdapterShelf } from "./adapter-shelf.js";
import { startEngineThreads } from "./engine-threads.js";
import { AbandonedRequest, type Generation, type GenerationRequest } from "./generation.js";
import type { LoadedModel } from "./loaded-model.js";
import { takeNextToken } from "./next-token.js";
import { reusableTokens, type WantedPrompt } from "./prefix-match.js";
import { evaluateBatch, planBatch } from "./prompt-batches.js";
import { type Job, promptScores, type RunningJob, scoringOf } from "./running-job.js";
import { copyGain, createSequenceMemory } from "./sequence-memory.js";
import type { ThreadChoice } from "./thread-tuning.js";

/** Decoding steps before another adapter's sequences get their turn. */
const turnLength = 16;

export interface EngineCounters {
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
}

export interface Engine {
  generate(request: GenerationRequest): Promise<Generation>;
  loadAdapter(name: string, path: string): Promise<void>;
  unloadAdapter(name: string): Promise<void>;
  readonly threads: ThreadChoice;
  readonly counters: Readonly<EngineCounters>;
}

/** `sequences` requests are worked on at once; one more sequence is kept for measuring the thread count. */
export async function startEngine({
  model,
  sequences,
  threads,
}: {
  model: LoadedModel;
  sequences: number;
  threads?: number;
}): Promise<Engine> {
  const { native } = model;
  const { context } = native;
  const queue: Job[] = [];
  const running: RunningJob[] = [];
  const shelf = createAdapterShelf(native);
  const counters: EngineCounters = { promptTokens: 0, cachedTokens: 0, completionTokens: 0 };
  const memory = createSequenceMemory({ model, sequences });
  const tuned = await startEngineThreads({ model, sequence: sequences, threads });
  let stepsOfTurn = 0;
  let working = false;

  function activate(adapter: string | undefined): void {
    if (adapter !== shelf.active) stepsOfTurn = 0;
    shelf.activate(adapter);
  }

  function finish(job: RunningJob, outcome: { finishReason: "stop" | "length" } | { error: unknown }): void {
    const index = running.indexOf(job);
    if (index >= 0) running.splice(index, 1);
    memory.release(job);
    job.sampler.dispose();
    job.scorer?.dispose();
    if ("error" in outcome) {
      job.reject(outcome.error);
      return;
    }
    const { text, scores, cachedTokens } = job;
    const { finishReason } = outcome;
    job.resolve({ text, finishReason, promptScores: promptScores(job), scores, completionTokens: job.generated, cachedTokens });
  }

  /** Takes a job's next token, and ends the job when it is the last or fails. */
  async function advance(job: RunningJob, batchIndex: number): Promise<void> {
    const before = job.generated;
    try {
      const finishReason = await takeNextToken(job, { model, batchIndex });
      if (finishReason) finish(job, { finishReason });
    } catch (error) {
      if (running.includes(job)) finish(job, { error });
    } finally {
      counters.completionTokens += job.generated - before;
    }
  }

  /**
   * Takes requests of one adapter from the queue while there are free slots. One that begins like another of the same round is left for
   * the next: by then what they share is in memory.
   */
  async function nextRound(): Promise<RunningJob[]> {
    const round: RunningJob[] = [];
    for (const job of [...queue]) {
      const { tokens, adapter, signal } = job.request;
      const first = round[0];
      if (first && first.request.adapter !== adapter) continue;
      const wanted: WantedPrompt = { tokens, adapter, scoring: scoringOf(job.request) };
      const placed = memory.place(wanted);
      if (!placed) break;
      const soon = round.some((other) => {
        const scoring = scoringOf(other.request);
        const scores = scoring && { ...scoring, values: { length: other.tokens.length - scoring.from } };
        return reusableTokens({ adapter, cached: other.tokens, scores }, wanted) - placed.reused >= copyGain;
      });
      if (soon) continue;
      queue.splice(queue.indexOf(job), 1);
      if (signal.aborted) {
        job.reject(new AbandonedRequest("the client left"));
        continue;
      }
      const { started, fits } = await memory.take(job, placed);
      if (!fits) finish(started, { error: new RunError({ got: "llama.cpp could not shorten a sequence" }) });
      round.push(started);
    }
    return round;
  }

  /** Evaluates the prompts of a round, and samples the first token of each as soon as its prompt is whole. */
  async function evaluatePrompts(round: readonly RunningJob[]): Promise<void> {
    let waiting = round.filter((job) => job.slot.busy);
    while (waiting.length > 0) {
      for (const job of waiting) if (job.signal.aborted) finish(job, { error: new AbandonedRequest("the client left") });
      waiting = waiting.filter((job) => job.slot.busy);
      if (waiting.length === 0) break;
      const pieces = planBatch(waiting);
      const began = clock.elapsed();
      try {
        activate(pieces[0]!.task.request.adapter);
        context.setThreads(tuned.choice.prompt);
        const whole = await evaluateBatch(context, pieces);
        tuned.book(pieces.length * pieces[0]!.size + 1, clock.elapsed() - began);
        for (const { task: job, lastIndex } of whole) {
          counters.promptTokens += job.tokens.length;
          counters.cachedTokens += job.cachedTokens;
          memory.keep(job);
          running.push(job);
          if (job.request.maxTokens === 0) finish(job, { finishReason: "length" });
          else await advance(job, lastIndex);
        }
        waiting = waiting.filter((job) => !running.includes(job) && job.slot.busy);
      } catch (error) {
        for (const { task } of pieces) if (task.slot.busy) finish(task, { error });
      }
    }
  }

  /** One token for every running sequence of the adapter whose turn it is. */
  async function step(): Promise<void> {
    for (const job of running.filter((job) => job.signal.aborted))
      finish(job, { error: new AbandonedRequest("the client left") });
    const waiting = running.find((job) => job.slot.adapter !== shelf.active);
    const sameTurn = running.some((job) => job.slot.adapter === shelf.active) && (!waiting || stepsOfTurn < turnLength);
    const adapter = sameTurn || !waiting ? shelf.active : waiting.slot.adapter;
    const bySequence = (): RunningJob[] =>
      running.filter((job) => job.slot.adapter === adapter).sort((a, b) => a.slot.id - b.slot.id);
    if (running.length === 0) return;
    const began = clock.elapsed();
    const batch = bySequence();
    try {
      await memory.closeGap(batch);
      activate(adapter);
      stepsOfTurn++;
      context.setThreads(tuned.choice.decode);
      context.initBatch(batch.length);
      const rows = bySequence().map((job) => {
        const position = job.tokens.length + job.generated - 1;
        return { job, index: context.addToBatch(job.slot.id, position, Uint32Array.of(job.next), Uint32Array.of(0))[0]! };
      });
      await context.decodeBatch();
      await Promise.all(rows.map(({ job, index }) => advance(job, index)));
      tuned.book(batch.length, clock.elapsed() - began);
    } catch (error) {
      for (const job of batch) if (running.includes(job)) finish(job, { error });
    }
  }

  async function work(): Promise<void> {
    if (working) return;
    working = true;
    try {
      await freeRetired();
      while (queue.length > 0 || running.length > 0) {
        await freeRetired();
        while (queue.length > 0 && memory.hasFree) await evaluatePrompts(await nextRound());
        await step();
        await tuned.review();
      }
    } finally {
      working = false;
    }
  }

  async function freeRetired(): Promise<void> {
    const inUse = (name: string): boolean => running.some((job) => job.slot.adapter === name);
    for (const name of await shelf.freeRetired(inUse)) memory.forget(name);
  }

  return {
    generate: (request) =>
      new Promise((resolve, reject) => {
        queue.push({ request, resolve, reject });
        work().catch(reject);
      }),
    loadAdapter: (name, path) => shelf.load(name, path),
    async unloadAdapter(name) {
      shelf.retire(name);
      await work();
    },
    get threads() {
      return tuned.choice;
    },
    counters,
  };
}
