// One whole prompt of a task as an evaluation would send it, made of the project's own small set: the real ones hold sentences of a benchmark.
import { join } from "node:path";
import { renderPrompt } from "../../dataset/index.js";
import { drawDemonstrations, folderSource, getTask } from "../../evaluate/index.js";
import { projectRoot } from "../../runtime/index.js";

/** The first item's prompt with `k` demonstrations. @throws InputError for an unknown task. */
export function ownPrompt({ task: taskId, k, runSeed = 1 }: { task: string; k: number; runSeed?: number }): {
  item: string;
  demoIds: string[];
  text: string;
} {
  const task = getTask(taskId);
  const source = folderSource(join(projectRoot(), "data", "benchmarks"));
  const isScored = ({ entities }: { entities?: readonly unknown[] }): boolean => !task.requiresEntity || entities?.length !== 0;
  const { id, input } = task.load(source, "test").find(isScored)!;
  const pool = task.load(source, "demonstrations").filter(isScored);
  const shots = drawDemonstrations({ task, pool, k, draw: 0, runSeed });
  return {
    item: id,
    demoIds: shots.map((shot) => shot.id),
    text: renderPrompt({ instruction: task.instruction, input }, shots),
  };
}
