// Triples, the rows a model is tuned on: from generated tasks with their answers, or from the seeds themselves (the seeds-only control).
import type { Instruction, Response } from "../generate/index.js";
import { InputError } from "../runtime/index.js";
import type { Seed } from "../seeds/index.js";
import type { Triple } from "./triple.js";

/**
 * The seeds behind demonstrations: those shown, and behind a machine-written one the seeds that it descends from in its turn. A row is only
 * ever shown rows that were there before it, so this ends.
 */
function seedsBehind(tasks: ReadonlyMap<string, Instruction>): (demoIds: readonly string[]) => string[] {
  const known = new Map<string, string[]>();
  const of = (id: string): string[] => {
    const task = tasks.get(id);
    if (task === undefined) return [id];
    const seeds = known.get(id) ?? [...new Set(task.demoIds.flatMap(of))];
    known.set(id, seeds);
    return seeds;
  };
  return (demoIds) => [...new Set(demoIds.flatMap(of))].sort();
}

/**
 * Joins answers to their tasks, in the order of the answers; tasks without an answer are left out.
 * `round` counts self-specializations, from 1.
 * @throws InputError when an answer belongs to no task.
 */
export function buildTriples(options: {
  instructions: readonly Instruction[];
  responses: readonly Response[];
  round?: number;
}): Triple[] {
  const { instructions, responses, round = 1 } = options;
  const tasks = new Map(instructions.map((task) => [task.id, task]));
  const seedsOf = seedsBehind(tasks);
  return responses.map(({ instructionId, output, demoIds, passages = [] }) => {
    const task = tasks.get(instructionId);
    if (task === undefined)
      throw new InputError({
        got: `an answer to ${instructionId}, which is not among the instructions`,
        todo: "pass the rows of one run",
      });
    return {
      id: instructionId,
      instruction: task.instruction,
      input: task.input,
      output,
      lineage: {
        seedIds: seedsOf([...task.demoIds, ...demoIds]),
        instructionId,
        passageIds: passages.map(({ id }) => id),
        round,
      },
    };
  });
}

/** The seeds as training rows. */
export function seedTriples(seeds: readonly Seed[]): Triple[] {
  return seeds.map(({ id, instruction, input, output }) => ({
    id,
    instruction,
    input,
    output,
    lineage: { seedIds: [id], instructionId: null, passageIds: [], round: 0 },
  }));
}
