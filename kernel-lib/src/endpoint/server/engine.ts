// Continuous batching over the sequences of one llama.cpp context. The same request gives the same tokens to the last bit, alone or
// among others, because every position is always evaluated in one of two ways: prompt tokens in batches of at least two of one
// sequence, generated tokens one a sequence; what was generated is never reused as a prompt's prefix. Flash attention
// is off for it. True of F16, Q8_0, Q4_1 and Q4_K files on the CPU at any thread count; on BF16 logits move by about 1e-5.
import { randomInt } from "node:crypto";
import { clock, InputError, RunError } from "../../runtime/index.js";
import { AbandonedRequest, evaluatePrompt, evaluateTokens } from "./evaluate-prompt.js";
import type { LoadedModel } from "./loaded-model.js";
import type { NativeLora, NativeSampler, SamplerConfig } from "./native-context.js";
import { placePrompt, type SlotState } from "./prefix-match.js";
import { createTextStream, type TextStream } from "./text-stream.js";
import { chooseThreads, type ThreadChoice, threadCandidates } from "./thread-tuning.js";
import { readDistribution, type TokenScore } from "./token-scores.js";

/** Copying a sequence's memory takes about as long as evaluating this many prompt tokens. */
const copyGain = 32;
/** Decoding steps before another adapter's sequences get their turn. */
const turnLength = 16;
/** Seconds between two measurements of the thread count. */
const tuningPause = 60;

export interface GenerationRequest {
  tokens: readonly number[];
  adapter?: string;
  maxTokens: number;
  temperature: number;
  topP?: number;
  topK?: number;
  minP?: number;
  seed?: number;
  stop: readonly string[];
  /** Likeliest tokens to report at each position; undefined for no scores at all. */
  topLogprobs?: number;
  /** Scores the prompt too (with `topLogprobs`). */
  echo: boolean;
  signal: AbortSignal;
  onText?: (delta: string) => void;
}

export interface Generation {
  text: string;
  finishReason: "stop" | "length";
  promptScores: TokenScore[];
  scores: TokenScore[];
  completionTokens: number;
  /** Prompt tokens that were found in memory. */
  cachedTokens: number;
}

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

interface Slot extends SlotState {
  busy: boolean;
  adapter: string | undefined;
  cached: readonly number[];
  lastUsed: number;
}

interface Job {
  request: GenerationRequest;
  resolve: (generation: Generation) => void;
  reject: (error: unknown) => void;
}

interface RunningJob extends Job {
  slot: Slot;
  sampler: NativeSampler;
  /** Reads the raw logits. One a job: a sampler's buffer must not be used by two threads. */
  scorer: NativeSampler;
  stream: TextStream;
  /** Prompt tokens in the slot's memory. */
  evaluated: number;
  text: string;
  promptScores: TokenScore[];
  scores: TokenScore[];
  generated: number;
  next: number;
  cachedTokens: number;
}

function samplerConfig(request: GenerationRequest): SamplerConfig {
  const { temperature, topP, topK, minP } = request;
  if (temperature <= 0) return { temperature: 0 };
  const seed = request.seed ?? randomInt(2 ** 31);
  return {
    temperature,
    seed: seed >>> 0,
    ...(topP !== undefined && topP < 1 && { topP }),
    ...(topK !== undefined && topK > 0 && { topK }),
    ...(minP !== undefined && minP > 0 && { minP }),
  };
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
    id,
    busy: false,
    adapter: undefined,
    cached: [],
    lastUsed: 0,
  }));
  const queue: Job[] = [];
  const running: RunningJob[] = [];
  const adapters = new Map<string, NativeLora>();
  const retired: { name: string; lora: NativeLora }[] = [];
  const counters: EngineCounters = { promptTokens: 0, cachedTokens: 0, completionTokens: 0 };
  const tuningSequence = sequences;
  let activeAdapter: string | undefined;
  let uses = 0;
  let stepsOfTurn = 0;
  let working = false;
  let lastTuning = Number.NEGATIVE_INFINITY;
  let decodeSpeed = 0;

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
    decodeSpeed = choice.decodeSpeed;
    return choice;
  }

  await evaluateTokens(context, { sequence: tuningSequence, position: 0, tokens: model.probeTokens.slice(0, 8), logits: [7] });
  context.removeTokenCellsFromSequence(tuningSequence, -1, -1);
  let choice = await measureThreads();

  function activate(adapter: string | undefined): void {
    if (adapter === activeAdapter) return;
    const lora =
      adapter === undefined ? undefined : (adapters.get(adapter) ?? retired.find(({ name }) => name === adapter)?.lora);
    if (adapter !== undefined && !lora) throw new InputError({ got: `adapter ${adapter} was unloaded`, todo: "load it again" });
    context.setLoras(lora ? [lora] : [], lora ? [1] : []);
    activeAdapter = adapter;
    stepsOfTurn = 0;
  }

  function finish(job: RunningJob, outcome: { finishReason: "stop" | "length" } | { error: unknown }): void {
    const index = running.indexOf(job);
    if (index >= 0) running.splice(index, 1);
    release(job.slot, job.request.tokens.slice(0, job.evaluated));
    job.sampler.dispose();
    job.scorer.dispose();
    if ("error" in outcome) {
      job.reject(outcome.error);
      return;
    }
    const { text, promptScores, scores, cachedTokens } = job;
    job.resolve({
      text,
      finishReason: outcome.finishReason,
      promptScores,
      scores,
      completionTokens: job.generated,
      cachedTokens,
    });
  }

  function release(slot: Slot, prompt: readonly number[]): void {
    slot.cached = prompt.length > 1 ? prompt : [];
    context.removeTokenCellsFromSequence(slot.id, slot.cached.length === 0 ? -1 : slot.cached.length, -1);
    slot.busy = false;
    slot.lastUsed = ++uses;
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
    if (request.topLogprobs !== undefined) {
      const distribution = await readDistribution({
        context,
        scorer: job.scorer,
        batchIndex,
        wanted: [token],
        top: request.topLogprobs,
      });
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

  /** Evaluates a prompt in its slot, then samples its first token. */
  async function begin(job: Job): Promise<void> {
    const { request } = job;
    const { tokens, adapter, topLogprobs } = request;
    const scored = request.echo && topLogprobs !== undefined;
    const candidates = scored ? slots.map((slot) => ({ ...slot, cached: [] })) : slots;
    const { slot: slotId, donor, reused } = placePrompt({ tokens, adapter, slots: candidates, copyGain })!;
    const slot = slots[slotId]!;
    const scorer = native.createSampler({ temperature: 0 });
    const started: RunningJob = {
      ...job,
      slot,
      scorer,
      sampler: native.createSampler(samplerConfig(request)),
      stream: createTextStream({ before: tokens.slice(-4), stop: request.stop, detokenize: model.detokenize }),
      evaluated: 0,
      text: "",
      promptScores: [],
      scores: [],
      generated: 0,
      next: -1,
      cachedTokens: reused,
    };
    slot.busy = true;
    await guarded(started, async () => {
      activate(adapter);
      if (donor !== undefined) {
        context.removeTokenCellsFromSequence(slot.id, -1, -1);
        await context.copySequenceStateFromOtherSequence(slot.id, donor);
      }
      if (!context.removeTokenCellsFromSequence(slot.id, reused, -1))
        throw new RunError({ got: "llama.cpp could not shorten a sequence" });
      slot.adapter = adapter;
      started.evaluated = reused;
      context.setThreads(choice.prompt);
      const { lastIndex, scores } = await evaluatePrompt({
        context,
        sequence: slot.id,
        tokens,
        reused,
        signal: request.signal,
        onEvaluated: (count) => {
          started.evaluated = count;
        },
        ...(scored && { scoring: { scorer, topLogprobs } }),
      });
      started.promptScores = scores;
      counters.promptTokens += tokens.length;
      counters.cachedTokens += reused;
      slot.cached = tokens.length > 1 ? tokens : [];
      running.push(started);
      if (request.maxTokens === 0) return finish(started, { finishReason: "length" });
      await takeToken(started, lastIndex);
    });
  }

  async function guarded(job: RunningJob, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (job.slot.busy) finish(job, { error });
    }
  }

  /** One token for every running sequence of the adapter whose turn it is. */
  async function step(): Promise<void> {
    for (const job of running.filter((job) => job.request.signal.aborted))
      finish(job, { error: new AbandonedRequest("the client left") });
    const waiting = running.find((job) => job.slot.adapter !== activeAdapter);
    const sameTurn = running.some((job) => job.slot.adapter === activeAdapter) && (!waiting || stepsOfTurn < turnLength);
    const adapter = sameTurn || !waiting ? activeAdapter : waiting.slot.adapter;
    const batch = running.filter((job) => job.slot.adapter === adapter);
    if (batch.length === 0) return;
    const began = clock.elapsed();
    try {
      activate(adapter);
      stepsOfTurn++;
      context.setThreads(choice.decode);
      context.initBatch(batch.length);
      const indexes = batch.map((job) => {
        const position = job.request.tokens.length + job.generated - 1;
        return context.addToBatch(job.slot.id, position, Uint32Array.of(job.next), Uint32Array.of(0))[0]!;
      });
      await context.decodeBatch();
      await Promise.all(batch.map((job, index) => guarded(job, () => takeToken(job, indexes[index]!))));
    } catch (error) {
      for (const job of batch) if (running.includes(job)) finish(job, { error });
    }
    const speed = (batch.length * 1000) / (clock.elapsed() - began);
    decodeSpeed += (speed - decodeSpeed) / 8;
    if (decodeSpeed < choice.decodeSpeed / 2 && clock.elapsed() - lastTuning > tuningPause * 1000)
      choice = await measureThreads();
  }

  /** Frees unloaded adapters between two batches, when nothing that uses them is running. */
  async function freeRetired(): Promise<void> {
    for (const { name, lora } of retired.splice(0)) {
      if (running.some((job) => job.slot.adapter === name)) {
        retired.push({ name, lora });
        return;
      }
      if (activeAdapter === name) activate(undefined);
      for (const slot of slots) if (slot.adapter === name) slot.cached = [];
      await lora.dispose();
    }
  }

  async function work(): Promise<void> {
    if (working) return;
    working = true;
    try {
      await freeRetired();
      while (queue.length > 0 || running.length > 0) {
        if (retired.length > 0) await freeRetired();
        while (queue.length > 0 && slots.some((slot) => !slot.busy)) await begin(queue.shift()!);
        if (running.length > 0) await step();
      }
    } finally {
      working = false;
    }
  }

  return {
    generate: (request) =>
      new Promise((resolve, reject) => {
        queue.push({ request, resolve, reject });
        work().catch(reject);
      }),
    async loadAdapter(name, path) {
      adapters.set(name, await native.loadLora(path));
    },
    async unloadAdapter(name) {
      const lora = adapters.get(name);
      if (!lora) return;
      adapters.delete(name);
      retired.push({ name, lora });
      await work();
    },
    get threads() {
      return choice;
    },
    counters,
  };
}
