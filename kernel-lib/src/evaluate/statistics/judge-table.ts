// From answers to everything a results table says: scores with intervals in every reading and subset, averages, and paired differences
// that are corrected for their number.
import { RunError } from "../../runtime/index.js";
import { type Difference, type Likelihood, type Score, type Subset, subsets } from "../rows.js";
import type { BenchmarkTask, TaskItem } from "../tasks/index.js";
import { AverageOverTasks, averageMetric, averageTaskId, averageWithoutId, inPercent, leftOutTasks } from "./average.js";
import { defaultResamples } from "./bootstrap.js";
import { correctDifferences, isMain, type UncorrectedDifference } from "./families.js";
import { countInformative, mcnemarP, subtract } from "./paired-difference.js";
import { type ResampledTable, resampleTables } from "./resample-tables.js";
import { scoresOf } from "./score-predictions.js";
import { bootstrapP } from "./significance.js";
import { type TalliedAnswer, type TallyTable, tallyLikelihoods, tallyPredictions } from "./tally-table.js";

/** A task with every system's answers to it. */
export interface JudgedPart {
  task: BenchmarkTask;
  items: readonly TaskItem[];
  predictions: readonly TalliedAnswer[];
  likelihoods?: readonly Likelihood[];
  /** The ids of the items that stay in the clean subset; without it no clean rows are made. */
  clean?: ReadonlySet<string>;
}

export interface JudgeTableOptions {
  parts: readonly JudgedPart[];
  /** Which system is compared with which; pairs of which one has no answers are left out. */
  comparisons: readonly (readonly [system: string, against: string])[];
  runSeed: number;
  /** Default 10,000. */
  resamples?: number;
}

export interface JudgedTable {
  scores: Score[];
  differences: Difference[];
}

interface TaskTables {
  part: JudgedPart;
  subset: Subset;
  tables: TallyTable[];
}

/** The tables of a part in every reading; null where no item of the subset is left. */
function tallyPart({ task, items, predictions, likelihoods = [], clean }: JudgedPart, subset: Subset): TallyTable[] {
  const stays = (itemId: string): boolean => subset === "all" || clean?.has(itemId) === true;
  const kept = items.filter(({ id }) => stays(id));
  const answers = predictions.filter(({ itemId }) => stays(itemId));
  const labelled = likelihoods.filter(({ itemId }) => stays(itemId));
  return [
    ...(["lenient", "strict"] as const).flatMap((reading) =>
      tallyPredictions({ task, items: kept, predictions: answers, reading }),
    ),
    ...(["likelihood", "likelihood-per-token"] as const).flatMap((reading) =>
      tallyLikelihoods({ task, items: kept, likelihoods: labelled, reading }),
    ),
  ];
}

/** One metric's counts of a table, an item a row. */
function columnRows({ tallies, width, itemIds }: TallyTable, { metric, offset }: TallyTable["columns"][number]): Float64Array {
  const rows = new Float64Array(itemIds.length * metric.width);
  for (let item = 0; item < itemIds.length; item++)
    rows.set(tallies.subarray(item * width + offset, item * width + offset + metric.width), item * metric.width);
  return rows;
}

function refuseOtherItems(taskId: string, table: TallyTable, against: TallyTable): void {
  if (table.itemIds.join("\n") === against.itemIds.join("\n")) return;
  throw new RunError({
    got: `${table.system} answered ${table.itemIds.length} items of ${taskId} and ${against.system} ${against.itemIds.length}, not the same ones`,
    allowed: "a paired comparison over the same items",
    todo: "finish both evaluations",
  });
}

/** Each table of `system` with the one of `against` at the same k and in the same reading. */
function pairsOf<Row>(
  rows: readonly Row[],
  [system, against]: readonly [string, string],
  fields: (row: Row) => Pick<TallyTable, "system" | "k" | "reading">,
): [Row, Row][] {
  return rows
    .filter((row) => fields(row).system === system)
    .flatMap((row) => {
      const { k, reading } = fields(row);
      const other = rows.find((candidate) => {
        const theirs = fields(candidate);
        return theirs.system === against && theirs.k === k && theirs.reading === reading;
      });
      return other === undefined ? [] : [[row, other] as [Row, Row]];
    });
}

function differencesOf(
  { part, subset }: TaskTables,
  tables: readonly ResampledTable[],
  comparisons: JudgeTableOptions["comparisons"],
): UncorrectedDifference[] {
  const { task } = part;
  return comparisons.flatMap((pair) =>
    pairsOf(tables, pair, ({ table }) => table).flatMap(([mine, theirs]) => {
      refuseOtherItems(task.id, mine.table, theirs.table);
      return mine.table.columns.map((column, index) => {
        const { metric } = column;
        const { clusters } = mine.table;
        const difference = subtract(mine.results[index]!, theirs.results[index]!);
        const rows = {
          metric,
          system: columnRows(mine.table, column),
          against: columnRows(theirs.table, theirs.table.columns[index]!),
          clusters,
        };
        const exact = clusters === undefined ? mcnemarP(rows) : undefined;
        const informative = countInformative(rows);
        return {
          taskId: task.id,
          metric: metric.name,
          k: mine.table.k,
          reading: mine.table.reading,
          subset,
          system: mine.table.system,
          n: mine.table.itemIds.length,
          clusters: mine.clusters,
          against: theirs.table.system,
          ...inPercent(difference),
          informative,
          p: exact ?? bootstrapP(difference, { informative }),
          test: exact === undefined ? "paired bootstrap" : "McNemar exact",
        };
      });
    }),
  );
}

interface Average {
  taskId: string;
  subset: Subset;
  tasks: number;
  sums: AverageOverTasks;
  holds(taskId: string): boolean;
}

/** The averages that the parts allow: over all tasks, and without the paper's two outliers where one of them is there. */
function plannedAverages(entries: readonly TaskTables[]): Average[] {
  const rest = (taskId: string): boolean => !leftOutTasks.includes(taskId);
  const taskIds = entries.filter(({ subset }) => subset === "all").map(({ part }) => part.task.id);
  const kinds = [
    { taskId: averageTaskId, holds: () => true },
    ...(taskIds.every(rest) ? [] : [{ taskId: averageWithoutId, holds: rest }]),
  ];
  return kinds.flatMap(({ taskId, holds }) =>
    subsets.flatMap((subset) => {
      const tasks = taskIds.filter(holds).length;
      const here = entries.filter((entry) => entry.subset === subset && holds(entry.part.task.id)).length;
      return tasks < 2 || here < tasks ? [] : [{ taskId, subset, tasks, sums: new AverageOverTasks(), holds }];
    }),
  );
}

function finishAverage(
  { taskId, subset, tasks, sums }: Average,
  comparisons: JudgeTableOptions["comparisons"],
  taskDifferences: readonly UncorrectedDifference[],
): { scores: Score[]; differences: UncorrectedDifference[] } {
  const rows = sums.finish(tasks);
  const shared = { taskId, metric: averageMetric, subset };
  return {
    scores: rows.map(({ result, ...fields }) => ({ ...shared, ...fields, ...inPercent(result) })),
    differences: comparisons.flatMap((pair) =>
      pairsOf(rows, pair, (row) => row).map(([mine, theirs]) => {
        const { k, reading, system, n, clusters } = mine;
        const difference = subtract(mine.result, theirs.result);
        const informative = taskDifferences
          .filter((row) => row.k === k && row.reading === reading && row.system === system && row.against === theirs.system)
          .reduce((total, row) => total + row.informative, 0);
        return {
          ...shared,
          k,
          reading,
          system,
          n,
          clusters,
          against: theirs.system,
          ...inPercent(difference),
          informative,
          p: bootstrapP(difference, { informative }),
          test: "paired bootstrap",
        };
      }),
    ),
  };
}

/**
 * Judges a whole table: every system on every task, in the readings lenient and strict and, where there are likelihoods, by the
 * likeliest label; on all items and, where `clean` is given, on the clean ones; with averages over tasks.
 *
 * Intervals: percentile bootstrap over items, items of one document together; all systems, shots and readings of a task meet the same
 * draws. p-values: McNemar's exact test for metrics of right and wrong where each item stands alone and was asked once, else the paired
 * bootstrap. Corrected after Holm within each family; see {@link correctDifferences}. Several draws of demonstrations are pooled;
 * `draws` has the value of each.
 * @throws InputError for a prediction of an unknown item; RunError where two compared systems did not answer the same items.
 */
export function judgeTable({ parts, comparisons, runSeed, resamples = defaultResamples }: JudgeTableOptions): JudgedTable {
  const entries = parts.flatMap((part) =>
    subsets
      .filter((subset) => subset === "all" || part.clean !== undefined)
      .map((subset): TaskTables => ({ part, subset, tables: tallyPart(part, subset) }))
      .filter(({ tables }) => tables.length > 0),
  );
  const averages = plannedAverages(entries);
  const scores: Score[] = [];
  const differences: UncorrectedDifference[] = [];
  for (const entry of entries) {
    const { task } = entry.part;
    const tables = resampleTables(entry.tables, { key: [runSeed, task.id], resamples });
    scores.push(...tables.flatMap((table) => scoresOf(table, { taskId: task.id, subset: entry.subset })));
    differences.push(...differencesOf(entry, tables, comparisons));
    for (const average of averages)
      if (average.subset === entry.subset && average.holds(task.id)) average.sums.add(tables, task.metrics[0]);
  }
  const mainMetrics = new Map(parts.map(({ task }) => [task.id, task.metrics[0]]));
  const taskDifferences = differences.filter((row) => isMain(row, mainMetrics));
  for (const average of averages) {
    const own = taskDifferences.filter(({ taskId, subset }) => subset === average.subset && average.holds(taskId));
    const finished = finishAverage(average, comparisons, own);
    scores.push(...finished.scores);
    differences.push(...finished.differences);
  }
  return { scores, differences: correctDifferences(differences, mainMetrics) };
}
