// The files of some tasks, each once: two tasks may read the same file.
import { benchmarkTasks, getTask } from "../tasks/registry.js";
import type { BenchmarkFile } from "../tasks/task.js";

/** Without `taskIds`, the files of every task. */
export function filesOfTasks(taskIds?: readonly string[]): BenchmarkFile[] {
  const tasks = taskIds?.map(getTask) ?? benchmarkTasks;
  return [...new Map(tasks.flatMap((task) => task.files).map((file) => [file.name, file])).values()];
}
