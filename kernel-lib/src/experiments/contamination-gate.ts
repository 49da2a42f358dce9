// The gate between a data set and the training on it: what of the scored items stands in the seeds, in the rows and in the shots.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Triple } from "../dataset/index.js";
import {
  blockingFindings,
  type ContaminationReport,
  cleanItems,
  contaminationReportSchema,
  demonstrationRecord,
  drawDemonstrations,
  findContamination,
  findingKinds,
  type SearchedRecord,
  shotPool,
  taskRecord,
} from "../evaluate/index.js";
import { RunError, readJson, writeAtomic } from "../runtime/index.js";
import { seedsOf } from "./choose-seeds.js";
import type { RunConfig } from "./config.js";
import { type EvaluationPart, openParts } from "./evaluation-parts.js";
import type { RunDirectory } from "./run-directory.js";
import { dataSetsBehind, type TunedSystem } from "./systems.js";
import type { Walk } from "./walk.js";

const pathOf = (directory: RunDirectory, system: TunedSystem): string => join(directory.dataset(system), "contamination.json");

/** The shots that the evaluation will draw: k = 1 shows the first of those of the largest k. */
function shotsOf({ budget, runSeed }: RunConfig, { opened, items }: EvaluationPart): SearchedRecord[] {
  const { task } = opened;
  const pool = opened.items.demonstrations;
  const { isFree } = shotPool({ task, items, demonstrations: pool });
  const drawn = new Set<string>();
  for (let draw = 0; draw < budget.draws; draw++)
    for (const { id } of drawDemonstrations({ task, pool, k: Math.max(...budget.shots), draw, runSeed, isFree })) drawn.add(id);
  return pool.filter(({ id }) => drawn.has(id)).map((item) => demonstrationRecord(task.id, item));
}

/** How many, of which kind, an example by its ids, and what can be done. */
function complaint(report: ContaminationReport, path: string): RunError {
  const found = blockingFindings(report);
  const { source, sourceId, taskId, itemId, kind, score } = found[0]!;
  const items = new Set(found.map((finding) => `${finding.taskId} ${finding.itemId}`)).size;
  const kinds = findingKinds.flatMap((name) => {
    const count = found.filter((finding) => finding.kind === name).length;
    return count === 0 ? [] : [`${count} by ${name}`];
  });
  return new RunError({
    got: `${items} test item${items === 1 ? "" : "s"} in what is trained on (${kinds.join(", ")}): ${source} ${sourceId} holds item ${itemId} of ${taskId} (${kind}, score ${score.toFixed(2)})`,
    allowed: "seeds and rows without test items",
    todo: `take out what ${path} names, or set contamination to "report" to train on it all the same`,
  });
}

/**
 * Searches a system's own rows, with the main data set also the seeds that the run was begun with and the shots of its evaluation, for the items of all tasks that
 * the run scores: not only for the sample that is asked. The report is written either way, beside the data set.
 * @throws RunError where seeds or rows hold an item, unless the configuration says `contamination: "report"`.
 */
export async function checkContamination(
  { config, directory, onProgress, signal }: Omit<Walk, "host">,
  system: TunedSystem,
  triples: readonly Triple[],
): Promise<void> {
  const parts = openParts(config);
  const rows = triples.map((triple) => taskRecord("row", triple));
  const shared =
    system === "self-specialised"
      ? [
          ...seedsOf({ config, directory }).map((seed) => taskRecord("seed", seed)),
          ...parts.flatMap((part) => shotsOf(config, part)),
        ]
      : [];
  const report = await findContamination({
    tasks: parts.map(({ opened: { task, origin, items } }) => ({ task, origin, items: items.test })),
    records: [...rows, ...shared],
    onProgress,
    signal,
  });
  const path = pathOf(directory, system);
  writeAtomic(path, `${JSON.stringify(report)}\n`);
  if (config.contamination === "block" && blockingFindings(report).length > 0) throw complaint(report, path);
}

/** The gate's report on one system's data set; undefined where it was made before there was a gate. */
export function readContamination(
  directory: RunDirectory,
  system: TunedSystem = "self-specialised",
): ContaminationReport | undefined {
  const path = pathOf(directory, system);
  return existsSync(path) ? contaminationReportSchema.parse(readJson(path)) : undefined;
}

/**
 * The items of a task that none of the systems can have seen, whatever they are tuned on; undefined where a data set was not checked for
 * that task.
 */
export function cleanForAll(
  directory: RunDirectory,
  systems: readonly TunedSystem[],
  taskId: string,
): ReadonlySet<string> | undefined {
  let clean: ReadonlySet<string> | undefined;
  for (const system of dataSetsBehind(systems)) {
    const report = readContamination(directory, system);
    const own = report && cleanItems(report, taskId);
    if (own === undefined) return undefined;
    const before = clean;
    clean = before === undefined ? own : new Set([...own].filter((id) => before.has(id)));
  }
  return clean;
}
