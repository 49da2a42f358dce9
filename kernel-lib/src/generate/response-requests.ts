// Which calls answer the tasks: the samples of a task one after the other in one lane, and with them the tasks that share its
// demonstrations, so that a server that keeps prefixes evaluates header and demonstrations once.
import type { Corpus } from "../corpus/index.js";
import type { CompletionRequest, Endpoint } from "../endpoint/index.js";
import { deriveSeed, sha256 } from "../runtime/index.js";
import type { Domain, Seed } from "../seeds/index.js";
import { type AnswerKinds, learnAnswerKinds } from "./answer-kinds.js";
import { ask, type Written } from "./ask.js";
import { randomDemonstrations, relatedDemonstrations } from "./demonstrations.js";
import { askLabelScores, contentFreeInput } from "./label-scores.js";
import { seedRanking, wholeTask } from "./nearest-seeds.js";
import { passageUse } from "./passage-use.js";
import type { ResponsePreset } from "./response-preset.js";
import { parseResponse, type ResponsePrompt } from "./response-prompt.js";
import type { Instruction, RawCompletion } from "./rows.js";
import type { PlannedRequest } from "./run-requests.js";

export const stage = "responses";

type Task = Pick<Instruction, "id" | "instruction" | "input">;

/** The first sample keeps the task's own id. */
export const sampleKey = (id: string, sample: number): string => (sample === 0 ? id : `${id}#${sample}`);

/** How many answers a task gets: a scored label is the same every time. */
export function samplesOf(task: Task, { samples, labelScoring }: ResponsePreset, kinds: AnswerKinds): number {
  return labelScoring !== "off" && kinds.of(task).form === "label" ? 1 : samples;
}

/** Draws the demonstrations of each task, the one most like it last. */
function demonstrationsFor(options: { seeds: readonly Seed[]; preset: ResponsePreset; runSeed: number }): (task: Task) => Seed[] {
  const { seeds, preset, runSeed } = options;
  const { demonstrations: count, choose } = preset;
  if (choose === "random") return ({ id }) => randomDemonstrations({ seeds, count, key: [runSeed, stage, id] });
  if (choose === "related") {
    const related = relatedDemonstrations({ seeds, count });
    return ({ instruction }) => related.nearestTo(instruction);
  }
  const rank = seedRanking(seeds, wholeTask);
  return (task) =>
    rank(wholeTask(task))
      .slice(0, count)
      .map(({ seed }) => seed)
      .reverse();
}

const meanLogprob = ({ logprobs }: Written): number | undefined => {
  const known = (logprobs?.tokenLogprobs ?? []).filter((value) => value !== null);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
};

export interface ResponsePlan {
  instructions: readonly Instruction[];
  seeds: readonly Seed[];
  domain: Domain;
  endpoint: Endpoint;
  model: string;
  prompt: ResponsePrompt;
  preset: ResponsePreset;
  runSeed: number;
  retrieval?: { corpus: Corpus; passages: number };
}

/** All calls of the stage, in lanes. */
export function planRequests(plan: ResponsePlan): PlannedRequest[][] {
  const { instructions, seeds, preset } = plan;
  const kinds = learnAnswerKinds(seeds);
  const demonstrationsOf = demonstrationsFor(plan);
  const lanes = new Map<string, PlannedRequest[]>();
  for (const task of instructions) {
    const demonstrations = demonstrationsOf(task);
    const block = demonstrations.map(({ id }) => id).join(" ");
    const lane = lanes.get(block) ?? [];
    lanes.set(block, lane);
    const answer = answerer(plan, task, demonstrations, kinds);
    for (let sample = 0; sample < samplesOf(task, preset, kinds); sample++)
      lane.push({ key: sampleKey(task.id, sample), send: (signal) => answer(sample, signal) });
  }
  return [...lanes.values()];
}

/** Answers one task, once a sample; its passages are searched once. */
function answerer(plan: ResponsePlan, task: Instruction, demonstrations: readonly Seed[], kinds: AnswerKinds) {
  const { domain, endpoint, model, prompt, preset, runSeed, retrieval } = plan;
  const { id, instruction, input } = task;
  const find = () =>
    retrieval?.corpus.search(preset.retrievalQuery === "input" ? input : `${instruction} ${input}`, retrieval.passages);
  let search: ReturnType<typeof find>;

  return async (sample: number, signal: AbortSignal): Promise<Omit<RawCompletion, "key">> => {
    search ??= find();
    const passages = await search;
    const render = (given: string): string =>
      prompt.render({ domain, demonstrations, question: { instruction, input: given }, ...(passages && { passages }) });
    const rendered = render(input);
    const seed = sample === 0 ? deriveSeed(runSeed, stage, id) : deriveSeed(runSeed, stage, id, sample);
    const request = { endpoint, model, prompt: rendered, seed, signal };
    const origin = {
      demoIds: demonstrations.map((seed) => seed.id),
      ...(passages && { passages: passages.map(({ id, rank, score }) => ({ id, rank, score })) }),
      promptHash: sha256(rendered),
      model,
    };
    const form = kinds.of(task);
    if (preset.labelScoring !== "off" && form.form === "label") {
      const contentFreePrompt = preset.labelScoring === "calibrated" && input !== "" ? render(contentFreeInput) : undefined;
      const scored = await askLabelScores({ ...request, labels: form.labels, contentFreePrompt });
      if (scored !== null) return { ...withoutLogprobs(scored), ...origin };
    }
    const written = await ask({ ...request, ...samplingOf(preset, sample), stop: prompt.stops });
    const mean = meanLogprob(written);
    return {
      ...withoutLogprobs(written),
      ...(mean !== undefined && { meanLogprob: mean }),
      ...(passages && { passageUse: passageUse({ task, answer: parseResponse(written.text), passages }) }),
      ...origin,
    };
  };
}

function withoutLogprobs<T extends Written>({ logprobs: _, ...rest }: T): Omit<T, "logprobs"> {
  return rest;
}

function samplingOf(
  { temperature, topP, maxTokens, sampleTemperature, sampleTopP, logprobs, pick }: ResponsePreset,
  sample: number,
): Pick<CompletionRequest, "temperature" | "topP" | "maxTokens" | "logprobs" | "sample"> {
  return {
    maxTokens,
    ...(sample === 0 ? { temperature, topP } : { temperature: sampleTemperature, topP: sampleTopP, sample }),
    ...((logprobs || pick === "likelihood") && { logprobs: 1 }),
  };
}
