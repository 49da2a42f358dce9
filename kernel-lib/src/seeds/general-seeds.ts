// The seeds of the generic baseline: Self-Instruct's 175 tasks (Wang et al. 2023), in their authors' format. The file is pulled by the user
// beside the benchmarks and read only with its pinned checksum.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { cacheDirectory, InputError } from "../runtime/index.js";
import type { Seed } from "./seed.js";

/** The original file: its name inside a benchmark folder, where it is downloaded from, and what it must be. */
export const generalSeedFile = {
  name: "self-instruct/seed_tasks.jsonl",
  url: "https://raw.githubusercontent.com/yizhongw/self-instruct/0b26ccaa415992100fa32df62d41b994cf928e23/data/seed_tasks.jsonl",
  sha256: "7779004fa198fdf27cf70a159363879d8a26c53329e11b436af17b3941875f48",
  bytes: 110_934,
  rows: { tasks: 175 },
} as const;

/** One line of that format, also for a user's own file of it. */
export const seedTaskSchema = z.strictObject({
  id: z.string().regex(/^[a-z_]+\d{1,3}$/, "ids look like seed_task_0"),
  name: z.string(),
  instruction: z.string().min(1),
  instances: z.array(z.strictObject({ input: z.string(), output: z.string().min(1) })).min(1),
  is_classification: z.boolean(),
});

/** A task with its first instance as a seed; `seed_task_0` becomes `general-001`. */
export function seedOfTask({ id, instruction, instances, is_classification: isLabel }: z.infer<typeof seedTaskSchema>): Seed {
  const { input, output } = instances[0]!;
  return {
    id: `general-${String(Number(/\d+$/.exec(id)![0]) + 1).padStart(3, "0")}`,
    domain: "general",
    task: isLabel ? "classification" : "generation",
    instruction,
    input,
    output,
    source: `Self-Instruct, ${id}`,
    licence: "Apache-2.0",
  };
}

/**
 * Where the pulled file lies: in the folder of `SELFSPEC_BENCHMARKS` (directly or under raw/), else in the cache.
 * @throws InputError where it is in neither.
 */
export function findGeneralSeeds(): string {
  const own = process.env.SELFSPEC_BENCHMARKS;
  const places = [...(own ? [join(own), join(own, "raw")] : []), cacheDirectory("benchmarks")];
  const found = places.map((place) => join(place, generalSeedFile.name)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new InputError({
    got: `the general seeds are not here: ${join(cacheDirectory("benchmarks"), generalSeedFile.name)} does not exist`,
    allowed: `the file of ${generalSeedFile.url}`,
    todo: "run `npm run selfspec -- data pull`, or put the file there",
  });
}
