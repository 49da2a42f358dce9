// The files that can be pulled: those of the tasks, each once though two tasks may read the same, and the general seeds of the generic baseline.
import { generalSeedFile } from "../../seeds/index.js";
import { benchmarkTasks, getTask } from "../tasks/registry.js";
import type { BenchmarkFile } from "../tasks/task.js";

/** What `--task` calls the general seeds. */
export const generalSeedsId = "general-seeds";

/** Without ids, every file there is. @throws InputError for an unknown task. */
export function filesOfTasks(ids: readonly string[] = [...benchmarkTasks.map(({ id }) => id), generalSeedsId]): BenchmarkFile[] {
  const files = ids.flatMap((id): readonly BenchmarkFile[] => (id === generalSeedsId ? [generalSeedFile] : getTask(id).files));
  return [...new Map(files.map((file) => [file.name, file])).values()];
}
