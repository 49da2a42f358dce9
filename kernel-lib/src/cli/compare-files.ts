// Two files of answers to the same questions, and what their difference is worth: the paired bootstrap, and McNemar's exact test where
// every answer is right or wrong.
import {
  bootstrapDifference,
  clustersOf,
  defaultResamples,
  type FiledAnswer,
  metricByName,
  openTask,
  type PairedRows,
  pairMetricByName,
  readAnswerFile,
  type ScoredPair,
  sampleItems,
  scorePairs,
  tallyAnswer,
} from "../evaluate/index.js";
import { InputError } from "../runtime/index.js";

/** One of the two files, and whose answers of it where it holds those of several systems. */
export interface ComparedFile {
  path: string;
  system?: string;
}

export interface CompareFilesOptions {
  a: ComparedFile;
  b: ComparedFile;
  metric: string;
  /** The task that the files answer; without it they are pairs, as for `scorePairs`. */
  taskId?: string;
  /** Where the benchmark's files are, as for `openTask`. */
  from?: string;
  /** Answers at this number of demonstrations; needed where a file holds several. */
  k?: number;
  /** Of the resamples; default 1. */
  runSeed?: number;
}

export interface FileComparison {
  metric: string;
  taskId?: string;
  n: number;
  /** Groups of items that are drawn together; present where items share a document. */
  clusters?: number;
  /** Fractions, 0–1, like everything here. */
  a: { path: string; system?: string; value: number; withheld: number };
  b: { path: string; system?: string; value: number; withheld: number };
  /** What `value` and `ci` are the difference of. */
  difference: "b - a";
  value: number;
  /** 95 % interval. */
  ci: [number, number];
  p: number;
  test: string;
  resamples: number;
  runSeed: number;
  /** Where the mini set stood in for the benchmark, the sentence that tells why and what to do: such figures compare with nothing. */
  notice?: string;
}

type Id = string | number;

interface Side {
  path: string;
  system?: string;
  /** Each item's counts; of several draws of demonstrations their sum. */
  counts: Map<Id, readonly number[]>;
  /** Items of which a text was withheld when it was published, and its counts were not kept. */
  withheld: ReadonlySet<Id>;
  /** Each pair's gold answers; empty where the task has them. */
  golds: ReadonlyMap<Id, string>;
}

async function readPairs({ path }: ComparedFile, metric: string): Promise<Side> {
  const counts = new Map<Id, readonly number[]>();
  const golds = new Map<Id, string>();
  const onPair = (pair: ScoredPair): void => {
    counts.set(pair.id, pair.counts());
    golds.set(pair.id, JSON.stringify(pair.gold));
  };
  await scorePairs({ path, metric, onPair });
  return { path, counts, withheld: new Set(), golds };
}

/** The answers of one system at one k: those asked for, or the only ones there are. */
function chooseAnswers(answers: readonly FiledAnswer[], file: ComparedFile, k: number | undefined): FiledAnswer[] {
  const chosen = answers.filter(
    (row) => (file.system === undefined || row.system === file.system) && (k === undefined || row.k === k),
  );
  const groups = new Set(chosen.map((row) => (row.system === undefined ? "answers" : `${row.system} at k = ${row.k}`)));
  if (groups.size === 1) return chosen;
  const all = new Set(answers.map((row) => `${row.system} at k = ${row.k}`));
  throw new InputError({
    got: groups.size === 0 ? `${file.path} has no such answers` : `${file.path} has answers of several kinds`,
    allowed: [...all].join(", "),
    todo: "choose with --system-a, --system-b and --k",
  });
}

function refuseOtherQuestions(a: Side, b: Side): void {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    for (const id of one.counts.keys())
      if (!other.counts.has(id))
        throw new InputError({
          got: `${other.path} lacks ${JSON.stringify(id)}, which ${one.path} has`,
          allowed: "two files of answers to the same questions",
          todo: "compare files with the same ids",
        });
  }
  for (const [id, gold] of a.golds)
    if (b.golds.get(id) !== gold)
      throw new InputError({
        got: `${b.path} has other gold answers for ${JSON.stringify(id)} than ${a.path}`,
        allowed: "two files of answers to the same questions",
        todo: "see which file is of another version of the data",
      });
}

function readTask(options: CompareFilesOptions & { taskId: string }) {
  const { taskId, from, k, runSeed = 1 } = options;
  const { task, items, notice } = openTask({ taskId, ...(from !== undefined && { from }) });
  const metric = metricByName(options.metric, task.labels);
  const known = new Map(items.test.map((item) => [item.id, item]));
  const read = (file: ComparedFile): Side => {
    const answers = chooseAnswers(readAnswerFile({ path: file.path, task, items: known }), file, k);
    const counts = new Map<Id, readonly number[]>();
    const withheld = new Set<Id>();
    for (const prediction of answers) {
      const { itemId } = prediction;
      const row = tallyAnswer({ metric, prediction, item: known.get(itemId)! });
      if (row === null) withheld.add(itemId);
      const before = counts.get(itemId) ?? [];
      counts.set(itemId, row?.map((count, column) => count + (before[column] ?? 0)) ?? before);
    }
    const system = answers[0]!.system;
    return { path: file.path, ...(system !== undefined && { system }), counts, withheld, golds: new Map() };
  };
  return {
    metric,
    sides: [read(options.a), read(options.b)] as const,
    // In the order in which an evaluation draws its items: the same order gets the resamples, and the p-value, of its report.
    inOrder: sampleItems(items.test, items.test.length, runSeed).map(({ id }) => id),
    documentOf: (id: Id) => known.get(String(id))!,
    ...(notice !== undefined && { notice }),
  };
}

/**
 * The difference b − a over the items of both files. Where a text was withheld when it was published, the counts kept of it stand for
 * it; items of which either side has neither are left out of everything, and their number is given. Several draws of demonstrations
 * for an item are pooled.
 * @throws InputError for whatever cannot be read, and where the files do not answer the same questions.
 */
export async function compareFiles(options: CompareFilesOptions): Promise<FileComparison> {
  const { taskId, runSeed = 1 } = options;
  const read =
    taskId === undefined
      ? {
          metric: pairMetricByName(options.metric),
          sides: [await readPairs(options.a, options.metric), await readPairs(options.b, options.metric)] as const,
        }
      : readTask({ ...options, taskId });
  const { metric, sides } = read;
  const [a, b] = sides;
  refuseOtherQuestions(a, b);
  const ids = ("inOrder" in read ? read.inOrder : [...a.counts.keys()]).filter(
    (id) => a.counts.has(id) && !a.withheld.has(id) && !b.withheld.has(id),
  );
  if (ids.length === 0)
    throw new InputError({
      got: `${a.path} and ${b.path} share no answer whose text or counts were published`,
      todo: "compare the run's own files",
    });
  const rowsOf = ({ counts }: Side): Float64Array => Float64Array.from(ids.flatMap((id) => counts.get(id)!));
  const rows: PairedRows = { metric, system: rowsOf(b), against: rowsOf(a) };
  const clusters = "documentOf" in read ? clustersOf(ids.map(read.documentOf)) : undefined;
  const { system, against, value, ci, p, test } = bootstrapDifference({
    ...rows,
    key: taskId === undefined ? [runSeed, "pairs", metric.name] : [runSeed, taskId],
    ...(clusters && { clusters }),
  });
  const show = ({ path, system: name, withheld }: Side, mean: number) => ({
    path,
    ...(name !== undefined && { system: name }),
    value: mean,
    withheld: withheld.size,
  });
  return {
    metric: metric.name,
    ...(taskId !== undefined && { taskId }),
    n: ids.length,
    ...(clusters && { clusters: new Set(clusters).size }),
    a: show(a, against),
    b: show(b, system),
    difference: "b - a",
    value,
    ci,
    p,
    test,
    resamples: defaultResamples,
    runSeed,
    ...("notice" in read && { notice: read.notice }),
  };
}
