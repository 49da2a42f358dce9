// The items behind published answers, from the benchmark files of this machine: a published folder holds ids and no text of a benchmark.
import { join } from "node:path";
import { type BenchmarkTask, benchmarkTasks, folderSource, openTask, type TaskItem } from "../../evaluate/index.js";
import { projectRoot } from "../../runtime/index.js";
import type { Evaluation } from "../evaluate-stage.js";

export interface LocalItems {
  task: BenchmarkTask;
  /** Of both splits, by id; empty where they are not here. */
  items: ReadonlyMap<string, TaskItem>;
  /** Made up by this project: its texts may be shown anywhere. */
  ours: boolean;
  /** Why there are no items; null where there are. */
  missing: string | null;
}

/** The project's own small set of a task. */
function miniItems(task: BenchmarkTask): TaskItem[] {
  const source = folderSource(join(projectRoot(), "data", "benchmarks"));
  return [...task.load(source, "test"), ...task.load(source, "demonstrations")];
}

/**
 * The items that a task was scored on: of the original files where the evaluation had those, else of the mini set. Undefined for a task that
 * this version does not know.
 * @throws InputError for an original whose checksum is wrong.
 */
export function findLocalItems(taskId: string, { origin, version }: Evaluation["origins"][string]): LocalItems | undefined {
  const task = benchmarkTasks.find(({ id }) => id === taskId);
  if (task === undefined) return undefined;
  const ours = origin === "mini";
  const without = (missing: string): LocalItems => ({ task, items: new Map(), ours, missing });
  if (task.version !== version) return without(`scored as version ${version}, here is version ${task.version}`);
  const byId = (items: readonly TaskItem[]): LocalItems["items"] => new Map(items.map((item) => [item.id, item]));
  if (ours) return { task, items: byId(miniItems(task)), ours, missing: null };
  const opened = openTask({ task });
  if (opened.origin === "mini")
    return without("the original files are not here: npm run selfspec -- data pull fetches them, SELFSPEC_BENCHMARKS names them");
  return { task, items: byId([...opened.items.test, ...opened.items.demonstrations]), ours, missing: null };
}

const looksNumeric = /^\W{0,3}\d/;

/** The right answer where it is one of the task's labels, a number or this project's own wording; null where somebody else wrote it. */
export function ownGold({ task: { answerFormat }, ours }: LocalItems, { gold }: Pick<TaskItem, "gold">): string | null {
  const isLabel = answerFormat === "label" || answerFormat === "labels";
  return ours || isLabel || (answerFormat === "number" && looksNumeric.test(gold)) ? gold : null;
}
