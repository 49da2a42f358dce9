// The mean over tasks, each task counting the same, as the paper's averages. Every resample draws anew within each task, so the interval
// is that of these tasks, not of tasks in general.
import type { Reading, Score } from "../rows.js";
import { type BootstrapResult, interval95 } from "./bootstrap.js";
import type { ResampledTable } from "./resample-tables.js";
import { metricValue } from "./tally-table.js";

/** The task id of the mean of all tasks' main metrics. */
export const averageTaskId = "average";

/** The task id of the mean without the two tasks that the paper's authors name as outliers of their own table. */
export const averageWithoutId = "average-without-yesno-and-drugs";

/** The tasks that {@link averageWithoutId} leaves out. */
export const leftOutTasks: readonly string[] = ["bioasq-yesno", "medical-drugs"];

export const isAverage = (taskId: string): boolean => taskId === averageTaskId || taskId === averageWithoutId;

/** What averages report as their metric: each task's own main one. */
export const averageMetric = "main";

interface Sum {
  system: string;
  k: number;
  reading: Reading;
  tasks: number;
  value: number;
  resampled: Float64Array;
  n: number;
  clusters: number;
  formatFailures: number;
  errors: number;
  /** Each task's values a draw. */
  draws: number[][];
}

export interface AveragedSystem extends Pick<Score, "system" | "k" | "reading" | "n" | "formatFailures" | "errors" | "draws"> {
  clusters: number;
  result: BootstrapResult;
}

/** The values of a table's main metric draw by draw; none where there is one draw. */
export function drawValues({ table }: ResampledTable, column = 0): number[] {
  if (table.drawSums.length < 2) return [];
  return table.drawSums.map((sums) => 100 * metricValue(table.columns[column]!, sums));
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Adds up the tasks of one average as they are resampled, so that only sums are kept in memory. */
export class AverageOverTasks {
  readonly #sums = new Map<string, Sum>();

  add(tables: readonly ResampledTable[], mainMetric: string): void {
    for (const resampled of tables) {
      const { table, clusters, results } = resampled;
      const column = table.columns.findIndex(({ metric }) => metric.name === mainMetric);
      if (column < 0) continue;
      const { value, resampled: values } = results[column]!;
      const key = JSON.stringify([table.system, table.k, table.reading]);
      const sum = this.#sums.get(key) ?? {
        system: table.system,
        k: table.k,
        reading: table.reading,
        tasks: 0,
        value: 0,
        resampled: new Float64Array(values.length),
        n: 0,
        clusters: 0,
        formatFailures: 0,
        errors: 0,
        draws: [],
      };
      this.#sums.set(key, sum);
      sum.tasks++;
      sum.value += value;
      for (let index = 0; index < values.length; index++) sum.resampled[index]! += values[index]!;
      sum.n += table.itemIds.length;
      sum.clusters += clusters;
      sum.formatFailures += table.formatFailures;
      sum.errors += table.errors;
      sum.draws.push(drawValues(resampled, column));
    }
  }

  /** Every (system, k, reading) that all of `tasks` tasks have. */
  finish(tasks: number): AveragedSystem[] {
    return [...this.#sums.values()]
      .filter((sum) => sum.tasks === tasks)
      .map(({ tasks: _averaged, draws, value, resampled, formatFailures, ...fields }) => ({
        ...fields,
        formatFailures: formatFailures / tasks,
        draws: draws.every((values) => values.length === draws[0]!.length)
          ? draws[0]!.map((_, draw) => meanOf(draws.map((values) => values[draw]!)))
          : [],
        result: { value: value / tasks, resampled: resampled.map((total) => total / tasks) },
      }));
  }
}

/** 0–1 to the percent that tables show. */
export const inPercent = ({ value, resampled }: BootstrapResult): { value: number; ci: [number, number] } => {
  const [low, high] = interval95(resampled);
  return { value: 100 * value, ci: [100 * low, 100 * high] };
};
