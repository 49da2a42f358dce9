// Continuous batching over the sequences of one llama.cpp context. The same request gives the same tokens to the last bit, alone or
// among others, because every position is always evaluated in one of two ways: prompt tokens at least two of a sequence together,
// generated tokens one a sequence; what was generated is never reused as a prompt's prefix. Flash attention
// is off for it. True of F16, Q8_0, Q4_1 and Q4_K files on the CPU at any thread count; on BF16 logits move by about 1e-5.
import { clock, RunError } from "../../runtime/index.js";
import { createAdapterShelf } from "./adapter-shelf.js";
import { AbandonedRequest, type Generation, type GenerationRequest } from "./generation.js";
import type { LoadedModel } from "./loaded-model.js";
import { placePrompt, reusableTokens, type WantedPrompt } from "./prefix-match.js";
import { evaluateBatch, evaluateTokens, planBatch } from "./prompt-batches.js";
import { type Job, keptScores, promptScores, type RunningJob, type Slot, scoringOf, startJob } from "./running-job.js";
import { createSpeedWatch } from "./speed-watch.js";
import { chooseThreads, type ThreadChoice, threadCandidates } from "./thread-tuning.js";
import { readDistribution } from "./token-scores.js";

/** Copying a sequence's memory takes about as long as evaluating this many prompt tokens. */
const copyGain = 32;
/** Decoding steps before another adapter's sequences get their turn. */
const turnLength = 16;
/** Seconds between two measurements of the thread count, when it is slow and when it crawls. */
const tuningPause = { slow: 60, stuck: 5 };

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
  const { native, contextTokens } = model;
  const { context } = native;
  const slots: Slot[] = Array.from({ length: sequences }, (_, id) => ({
    ...{ id, busy: false, adapter: undefined, cached: [], scores: undefined, lastUsed: 0 },
  }));
  const queue: Job[] = [];
  const running: RunningJob[] = [];
  const shelf = createAdapterShelf(native);
  const speed = createSpeedWatch();
  const counters: EngineCounters = { promptTokens: 0, cachedTokens: 0, completionTokens: 0 };
  const tuningSequence = sequences;
  let uses = 0;
  let stepsOfTurn = 0;
  let working = false;
  let lastTuning = Number.NEGATIVE_INFINITY;

  async function measureThreads(): Promise<ThreadChoice> {
    const probe = model.probeTokens;
    let position = 0;
    const choice = await chooseThreads({
      candidates: threads === undefined ? threadCandidates(model.cores) : [threads],
      evaluate: async (phase, count) => {
        context.setThreads(count);
        const tokens = phase === "prompt" ? probe : probe.slice(0, 1);
        if (position + tokens.length > contextTokens) {
          context.removeTokenCellsFromSequence(tuningSequence, -1, -1);
          position = 0;
        }
        await evaluateTokens(context, { sequence: tuningSequence, position, tokens, logits: [tokens.length - 1] });
        position += tokens.length;
        return tokens.length;
      },
    });
    context.removeTokenCellsFromSequence(tuningSequence, -1, -1);
    lastTuning = clock.elapsed();
    speed.reset();
    return choice;
  }

  await evaluateTokens(context, { sequence: tuningSequence, position: 0, tokens: model.probeTokens.slice(0, 8), logits: [7] });
  context.removeTokenCellsFromSequence(tuningSequence, -1, -1);
  let choice = await measureThreads();

  function activate(adapter: string | undefined): void {
    if (adapter !== shelf.active) stepsOfTurn = 0;
    shelf.activate(adapter);
  }

  function finish(job: RunningJob, outcome: { finishReason: "stop" | "length" } | { error: unknown }): void {
    const index = running.indexOf(job);
    if (index >= 0) running.splice(index, 1);
    const { slot, text, scores, cachedTokens } = job;
    slot.cached = job.evaluated > 1 ? job.tokens.slice(0, job.evaluated) : [];
    slot.scores = keptScores(job) ?? slot.scores;
    slot.busy = false;
    slot.lastUsed = ++uses;
    context.removeTokenCellsFromSequence(slot.id, slot.cached.length === 0 ? -1 : slot.cached.length, -1);
    job.sampler.dispose();
    job.scorer?.dispose();
    if ("error" in outcome) {
      job.reject(outcome.error);
      return;
    }
    const { finishReason } = outcome;
    job.resolve({ text, finishReason, promptScores: promptScores(job), scores, completionTokens: job.generated, cachedTokens });
  }

  /** Samples the token after a position, books its score, and ends the job when it is the last. */
  async function takeToken(job: RunningJob, batchIndex: number): Promise<void> {
    const { request } = job;
    const token = await context.sampleToken(batchIndex, job.sampler);
    if (token < 0) throw new RunError({ got: "llama.cpp sampled no token", todo: "check the model file with `selfspec models`" });
    if (model.isEndOfText(token)) {
      show(job, job.stream.flush());
      return finish(job, { finishReason: "stop" });
    }
    job.generated++;
    counters.completionTokens++;
    if (job.scorer && request.topLogprobs !== undefined) {
      const reading = { context, scorer: job.scorer, batchIndex, wanted: [token], top: request.topLogprobs };
      const distribution = await readDistribution(reading);
      job.scores.push({ token, logprob: distribution.logprobOf(token), top: distribution.top });
    }
    const { delta, stopped } = job.stream.push(token);
    show(job, delta);
    if (stopped) return finish(job, { finishReason: "stop" });
    if (job.generated >= request.maxTokens) {
      show(job, job.stream.flush());
      return finish(job, { finishReason: "length" });
    }
    job.next = token;
  }

  function show(job: RunningJob, delta: string): void {
    job.text += delta;
    if (delta !== "") job.request.onText?.(delta);
  }

  /** Gives a waiting request a slot that holds as much of its prompt as any. */
  async function begin(job: Job, placed: { slot: number; donor?: number; reused: number }): Promise<RunningJob> {
    const slot = slots.find(({ id }) => id === placed.slot)!;
    slot.busy = true;
    if (placed.donor !== undefined) {
      context.removeTokenCellsFromSequence(slot.id, -1, -1);
      await context.copySequenceStateFromOtherSequence(slot.id, placed.donor);
      slot.scores = slots.find(({ id }) => id === placed.donor)!.scores;
    }
    const started = startJob(job, { slot, reused: placed.reused, model });
    slot.adapter = job.request.adapter;
    slot.cached = job.request.tokens.slice(0, placed.reused);
    slot.scores = slot.scores && {
      ...slot.scores,
      values: slot.scores.values.slice(0, Math.max(0, placed.reused - slot.scores.from)),
    };
    if (!context.removeTokenCellsFromSequence(slot.id, placed.reused > 0 ? placed.reused : -1, -1))
      finish(started, { error: new RunError({ got: "llama.cpp could not shorten a sequence" }) });
    return started;
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
      const placed = placePrompt({ ...wanted, slots, copyGain });
      if (!placed) break;
      const soon = round.some((other) => {
        const scoring = scoringOf(other.request);
        const scores = scoring && { ...scoring, values: { length: other.tokens.length - scoring.from } };
        return reusableTokens({ adapter, cached: other.tokens, scores }, wanted) - placed.reused >= copyGain;
      });
      if (soon) continue;
      queue.splice(queue.indexOf(job), 1);
      if (signal.aborted) job.reject(new AbandonedRequest("the client left"));
      else round.push(await begin(job, placed));
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
        context.setThreads(choice.prompt);
        const whole = await evaluateBatch(context, pieces);
        speed.book(pieces.length * pieces[0]!.size + 1, clock.elapsed() - began);
        for (const { task: job, lastIndex } of whole) {
          counters.promptTokens += job.tokens.length;
          counters.cachedTokens += job.cachedTokens;
          running.push(job);
          if (job.request.maxTokens === 0) finish(job, { finishReason: "length" });
          else await guarded(job, () => takeToken(job, lastIndex));
        }
        waiting = waiting.filter((job) => !running.includes(job) && job.slot.busy);
      } catch (error) {
        for (const { task } of pieces) if (task.slot.busy) finish(task, { error });
      }
    }
  }

  async function guarded(job: RunningJob, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (running.includes(job)) finish(job, { error });
    }
  }

  /** llama.cpp evaluates only sequences that follow one another together: the last one's memory moves into a gap before it. */
  async function closeGap(batch: readonly RunningJob[]): Promise<void> {
    const [first, last] = [batch[0]!, batch.at(-1)!];
    const gap = slots.find(({ id, busy }) => !busy && id > first.slot.id && id < last.slot.id);
    if (!gap) return;
    const from = last.slot.id;
    context.removeTokenCellsFromSequence(gap.id, -1, -1);
    await context.copySequenceStateFromOtherSequence(gap.id, from);
    last.slot.id = gap.id;
    gap.id = from;
    gap.adapter = last.slot.adapter;
    gap.cached = last.tokens;
    gap.scores = keptScores(last);
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
      await closeGap(batch);
      activate(adapter);
      stepsOfTurn++;
      context.setThreads(choice.decode);
      context.initBatch(batch.length);
      const rows = bySequence().map((job) => {
        const position = job.tokens.length + job.generated - 1;
        return { job, index: context.addToBatch(job.slot.id, position, Uint32Array.of(job.next), Uint32Array.of(0))[0]! };
      });
      await context.decodeBatch();
      await Promise.all(rows.map(({ job, index }) => guarded(job, () => takeToken(job, index))));
      speed.book(batch.length, clock.elapsed() - began);
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
        while (queue.length > 0 && slots.some((slot) => !slot.busy)) await evaluatePrompts(await nextRound());
        await step();
        if (speed.state !== "fine" && clock.elapsed() - lastTuning > tuningPause[speed.state] * 1000)
          choice = await measureThreads();
      }
    } finally {
      working = false;
    }
  }

  async function freeRetired(): Promise<void> {
    const inUse = (name: string): boolean => running.some((job) => job.slot.adapter === name);
    for (const name of await shelf.freeRetired(inUse)) for (const slot of slots) if (slot.adapter === name) slot.cached = [];
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
      return choice;
    },
    counters,
  };
}
