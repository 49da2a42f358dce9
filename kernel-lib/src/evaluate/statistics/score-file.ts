// What the verb `score` does with a task: all of its metrics for a file of predictions, against the task's gold answers or those of a file.
import { z } from "zod";
import { InputError, readJsonl } from "../../runtime/index.js";
import { metricByName } from "../metrics/metrics.js";
import { type FiledAnswer, readAnswerFile } from "../metrics/prediction-file.js";
import { tallyAnswer } from "../metrics/withheld-counts.js";
import { openTask, sampleItems, type TaskItem } from "../tasks/index.js";
import { drawValues, inPercent } from "./average.js";
import { defaultResamples } from "./bootstrap.js";
import { type ResampledTable, resampleTables } from "./resample-tables.js";
import { metricValue, type TalliedAnswer, type TallyTable, tallyPredictions } from "./tally-table.js";

const goldSchema = z.strictObject({ id: z.string(), golds: z.array(z.string()).min(1), input: z.string().optional() });

export interface FileScore {
  taskId: string;
  /** The system and k where the file tells them. */
  system?: string;
  k?: number;
  metric: string;
  /** The items scored; several draws of demonstrations for one are pooled. */
  n: number;
  /** Of the answers' best readings, in percent, 0–100, as in this project's tables; null where there is no answer to score. */
  value: number | null;
  /** 95 % bootstrap interval of `value` over items, those of one document drawn together; same unit. */
  ci: [number, number] | null;
  /** The value of each draw of demonstrations; empty where there is one. */
  draws: number[];
  /** As `value`, of answers in exactly the asked format; any other is wrong. */
  strict: number | null;
  /** Share of answers that lack the asked format, 0–1. */
  formatFailures: number | null;
  /** Answers whose text was withheld when they were published, and no counts kept of them: they are in none of these figures. */
  withheld: number;
  /** Items of the gold file that nobody answered: they are in none of these figures either. */
  unanswered: number;
  /** Whose answers are right: the benchmark's, the mini set's (such scores compare with nothing) or the gold file's. */
  golds: "original" | "mini" | "file";
  /** With `mini`, the sentence that tells why and what to do. */
  notice?: string;
  /** The metric of each item's best reading alone, in percent. */
  items: { id: string; value: number }[];
}

export interface ScoreFileOptions {
  taskId: string;
  /** Lines of predictions.jsonl as an evaluation writes them, or `{"id", "prediction"}`. */
  predictionsPath: string;
  /**
   * Lines `{"id", "golds": [..], "input"?}` that take the place of the task's items: other ids are welcome, and the benchmark is not
   * needed. Names are held against `input`, by default the task's own of that id; without one their format cannot be right.
   */
  goldPath?: string;
  /** Where the benchmark's files are, as for `openTask`. */
  from?: string;
  /** One metric; default all of the task's. */
  metric?: string;
}

/** The items that a gold file gives answers to. @throws InputError where it is malformed or has an id twice. */
function readGolds(path: string, known: ReadonlyMap<string, TaskItem>): Map<string, TaskItem> {
  const items = new Map<string, TaskItem>();
  for (const { id, golds, input = known.get(id)?.input ?? "" } of readJsonl(path, goldSchema, "gold answer")) {
    if (items.has(id))
      throw new InputError({ got: `${path}: item "${id}" twice`, allowed: "one line an item", todo: "remove one" });
    const document = known.get(id)?.document;
    items.set(id, { id, input, gold: golds[0]!, golds, ...(document !== undefined && { document }) });
  }
  return items;
}

/** Where it is not told, an answer is taken for the only one to its item. */
const placed = (row: FiledAnswer): TalliedAnswer => ({ ...row, system: row.system ?? "", k: row.k ?? 0, draw: row.draw ?? 0 });

const itemValues = ({ table }: ResampledTable): FileScore["items"] =>
  table.itemIds.map((id, index) => ({ id, value: 100 * metricValue(table.columns[0]!, table.tallies, index * table.width) }));

/** Intervals are those of an evaluation with this seed, and so those that its report has. */
const runSeed = 1;

/**
 * One score a (system, k, metric); several draws of demonstrations are pooled. Published answers whose text was withheld are scored by
 * the counts that were kept of them, unless a gold file takes the place of what they were counted against.
 * @throws InputError for an unknown task or metric, a file that is missing or malformed, an unknown item.
 */
export function scoreFile(options: ScoreFileOptions): FileScore[] {
  const { goldPath, from } = options;
  const { task, items: splits, origin, notice } = openTask({ taskId: options.taskId, ...(from !== undefined && { from }) });
  const metrics = (options.metric === undefined ? task.metrics : [options.metric]).map((name) => metricByName(name, task.labels));
  const known = new Map(splits.test.map((item) => [item.id, item]));
  const items = goldPath === undefined ? known : readGolds(goldPath, known);
  const provenance =
    goldPath === undefined ? { golds: origin, ...(notice !== undefined && { notice }) } : { golds: "file" as const };
  const groups = new Map<string, FiledAnswer[]>();
  for (const row of readAnswerFile({ path: options.predictionsPath, task, items })) {
    const key = JSON.stringify([row.system, row.k]);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(goldPath === undefined ? row : { ...row, withheldCounts: undefined });
  }
  // In the order in which an evaluation draws its items, whichever of them it asked: the same order gets the same resamples.
  const inOrder = sampleItems([...items.values()], items.size, runSeed);
  const cells = [...groups.values()].flatMap((group) =>
    metrics.map((metric) => {
      const rows = group.filter((row) => tallyAnswer({ metric, prediction: row, item: items.get(row.itemId)! }) !== null);
      const table = (reading: "lenient" | "strict"): TallyTable | undefined =>
        tallyPredictions({ task, items: inOrder, predictions: rows.map(placed), metrics: [metric.name], reading })[0];
      return { group, metric, rows, lenient: table("lenient"), strict: table("strict") };
    }),
  );
  const tables = cells.flatMap(({ lenient, strict }) => (lenient && strict ? [lenient, strict] : []));
  const resampled = new Map(
    resampleTables(tables, { key: [runSeed, task.id], resamples: defaultResamples }).map((row) => [row.table, row]),
  );
  return cells.map(({ group, metric, rows, ...own }): FileScore => {
    const { system, k } = group[0]!;
    const [lenient, strict] = [own.lenient && resampled.get(own.lenient), own.strict && resampled.get(own.strict)];
    return {
      taskId: task.id,
      ...(system !== undefined && { system }),
      ...(k !== undefined && { k }),
      metric: metric.name,
      n: lenient?.table.itemIds.length ?? 0,
      ...(lenient ? inPercent(lenient.results[0]!) : { value: null, ci: null }),
      draws: lenient ? drawValues(lenient) : [],
      strict: strict ? 100 * strict.results[0]!.value : null,
      formatFailures: lenient?.table.formatFailures ?? null,
      withheld: group.length - rows.length,
      unanswered: goldPath === undefined ? 0 : items.size - new Set(group.map(({ itemId }) => itemId)).size,
      ...provenance,
      items: lenient ? itemValues(lenient) : [],
    };
  });
}
