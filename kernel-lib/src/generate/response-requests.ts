// Which calls answer the tasks: the samples of a task one after the other in one lane, and with them the tasks that share its
// demonstrations, so that a server that keeps prefixes evaluates header and demonstrations once.
import type { Corpus } from "../corpus/index.js";
import type { Endpoint } from "../endpoint/index.js";
import type { Seed, SeedDomain } from "../seeds/index.js";
import { type AnswerForms, learnAnswerForms } from "./answer-forms.js";
import { answerTask, stage } from "./answer-task.js";
import { randomDemonstrations, relatedDemonstrations } from "./demonstrations.js";
import { seedRanking, wholeTask } from "./nearest-seeds.js";
import type { ResponsePreset } from "./response-preset.js";
import type { ResponsePrompt } from "./response-prompt.js";
import type { Instruction } from "./rows.js";
import type { PlannedRequest } from "./run-requests.js";

type Task = Pick<Instruction, "id" | "instruction" | "input" | "answer" | "demoIds">;

/** The first sample keeps the task's own id. */
export const sampleKey = (id: string, sample: number): string => (sample === 0 ? id : `${id}#${sample}`);

/** How many answers a task gets: one that has its answer, and a scored label, is the same every time. */
export function samplesOf(task: Task, { samples, labelScoring }: ResponsePreset, forms: AnswerForms): number {
  if (task.answer !== undefined) return 1;
  return labelScoring !== "off" && forms.of(task).form === "label" ? 1 : samples;
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

export interface ResponsePlan {
  instructions: readonly Instruction[];
  seeds: readonly Seed[];
  domain: SeedDomain;
  endpoint: Endpoint;
  model: string;
  prompt: ResponsePrompt;
  preset: ResponsePreset;
  runSeed: number;
  retrieval?: { corpus: Corpus; passages: number };
}

/** The answer that was written before its input: nobody is asked. */
function givenAnswer({ id, answer, demoIds, promptHash, model }: Instruction & { answer: string }): PlannedRequest {
  const usage = { promptTokens: 0, completionTokens: 0 };
  return { key: id, send: async () => ({ text: answer, finishReason: "stop", demoIds, promptHash, model, usage }) };
}

/** All calls of the stage, in lanes. */
export function planRequests(plan: ResponsePlan): PlannedRequest[][] {
  const { instructions, seeds, preset } = plan;
  const forms = learnAnswerForms(seeds);
  const demonstrationsOf = demonstrationsFor(plan);
  const lanes = new Map<string, PlannedRequest[]>();
  const given = instructions.flatMap((task) =>
    task.answer === undefined ? [] : [givenAnswer({ ...task, answer: task.answer })],
  );
  if (given.length > 0) lanes.set("given", given);
  for (const task of instructions) {
    if (task.answer !== undefined) continue;
    const demonstrations = demonstrationsOf(task);
    const block = demonstrations.map(({ id }) => id).join(" ");
    const lane = lanes.get(block) ?? [];
    lanes.set(block, lane);
    const answer = answerTask({ plan, task, demonstrations, forms });
    const samples = samplesOf(task, preset, forms);
    for (let sample = 0; sample < samples; sample++)
      lane.push({ key: sampleKey(task.id, sample), send: (signal) => answer(sample, signal) });
  }
  return [...lanes.values()];
}
