// Opens a task on the best data there is: the original files, else the project's mini set, and says which.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../runtime/index.js";
import { findBenchmarkFile } from "../data/find.js";
import { readArchive, readUnpacked, unpackedFolder } from "../data/archive.js";
import { readBenchmarkFile } from "../data/read.js";
import { getTask } from "./registry.js";
import type { BenchmarkTask, SourceFiles, Split, TaskItem } from "./task.js";

export interface OpenedTask {
  task: BenchmarkTask;
  /** What is scored and what may stand in prompts, in file order. */
  items: Record<Split, TaskItem[]>;
  /** `mini`: scores on it compare with nothing; say so wherever they are shown. */
  origin: "original" | "mini";
  /** With `mini`, the sentence that tells the user why and what to do. */
  notice?: string;
}

/** Reads from the mini set, which has the original's file names and formats; archives lie there unpacked. */
const miniSource: SourceFiles = {
  text: (name) => readFileSync(join(projectRoot(), "data", "benchmarks", name), "utf8"),
  entries: (name) => readUnpacked(unpackedFolder(join(projectRoot(), "data", "benchmarks", name))),
};

/** Reads the files of a task from where they were found. */
function originalSource(task: BenchmarkTask, paths: ReadonlyMap<string, string | undefined>): SourceFiles {
  const bytes = (name: string): Buffer => readBenchmarkFile(task.files.find((file) => file.name === name)!, paths.get(name)!);
  return { text: (name) => bytes(name).toString("utf8"), entries: (name) => readArchive(name, bytes(name)) };
}

/**
 * Loads a task's items. The originals are taken where all of the task's files are in `from`, `SELFSPEC_BENCHMARKS` or the
 * cache; otherwise the mini set in data/benchmarks.
 * @throws InputError for an unknown task, a folder that is none, or an original whose checksum is wrong.
 */
export function openTask({ taskId, from }: { taskId: string; from?: string }): OpenedTask {
  const task = getTask(taskId);
  const paths = new Map(task.files.map(({ name }) => [name, findBenchmarkFile({ name, ...(from !== undefined && { from }) })]));
  const lacking = [...paths].filter(([, path]) => path === undefined).map(([name]) => name);
  const source = lacking.length > 0 ? miniSource : originalSource(task, paths);
  const items = (split: Split): TaskItem[] =>
    task.load(source, split).filter((item) => !task.requiresEntity || (item.entities?.length ?? 0) > 0);
  return {
    task,
    items: { test: items("test"), demonstrations: items("demonstrations") },
    ...(lacking.length === 0
      ? { origin: "original" as const }
      : {
          origin: "mini" as const,
          notice: `${task.title}: mini set, not the benchmark (${lacking.join(", ")} not found); \`npm run selfspec -- data pull\` fetches it, --from or SELFSPEC_BENCHMARKS names a folder that has it`,
        }),
  };
}
