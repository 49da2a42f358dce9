// Scores a file of pairs line by line: 100,000 lines take the memory of one, but for their ids, which must not repeat.
import { z } from "zod";
import { InputError } from "../../runtime/index.js";
import { classMetrics } from "./class-pairs.js";
import { fileLines } from "./file-lines.js";
import type { PairMetric, PairValues, ScoredPair } from "./pair-metric.js";
import { textMetrics } from "./text-pairs.js";

const pairMetrics: readonly PairMetric[] = [...textMetrics, ...classMetrics];

/** The metrics that need no task: pairs of texts, of tags or of labels. */
export const pairMetricNames: readonly string[] = pairMetrics.map(({ name }) => name);

/** @throws InputError for an unknown name, or for a metric that needs a task. */
export function pairMetricByName(name: string): PairMetric {
  const metric = pairMetrics.find((candidate) => candidate.name === name);
  if (metric) return metric;
  throw new InputError({ got: `metric "${name}" of pairs`, allowed: pairMetricNames.join(", "), todo: "choose one of these" });
}

export interface PairScore {
  metric: string;
  /** The number of pairs. */
  n: number;
  /** Fractions, 0–1: `{ f1, precision, recall }` and the like; `f1` is the micro average where there are several. */
  value: PairValues;
}

function parsePair(text: string, where: string, form: string, add: (pair: unknown) => ScoredPair): ScoredPair {
  try {
    return add(JSON.parse(text));
  } catch (error) {
    const allowed = `one pair a line, ${form}`;
    if (error instanceof SyntaxError)
      throw new InputError({ got: `${where} is not JSON (${error.message})`, allowed, todo: "correct that line" });
    if (!(error instanceof z.ZodError)) throw error;
    const issue = error.issues[0]!;
    throw new InputError({
      got: `${where} is not a pair: ${issue.path.join(".") || "row"}: ${issue.message}`,
      allowed,
      todo: "correct that line",
    });
  }
}

/**
 * Scores the pairs of a file (gzipped where its name ends in `.gz`) as they stand, without any extraction.
 * @param options.onPair told of every pair as it comes
 * @throws InputError for an unknown metric, a file that is missing or empty, a malformed line or a repeated id, with its line.
 */
export async function scorePairs(options: {
  path: string;
  metric: string;
  onPair?: (pair: ScoredPair) => void;
}): Promise<PairScore> {
  const { path, onPair } = options;
  const metric = pairMetricByName(options.metric);
  const tally = metric.start();
  const ids = new Set<string | number>();
  for await (const { number, text } of fileLines(path)) {
    const where = `${path}:${number}`;
    const pair = parsePair(text, where, metric.form, tally.add);
    if (ids.has(pair.id))
      throw new InputError({
        got: `${where} repeats the id ${JSON.stringify(pair.id)}`,
        allowed: "one line an id",
        todo: "remove one",
      });
    ids.add(pair.id);
    onPair?.(pair);
  }
  if (ids.size === 0)
    throw new InputError({ got: `${path} holds no pair`, allowed: `one pair a line, ${metric.form}`, todo: "check the path" });
  return { metric: metric.name, n: ids.size, value: tally.values() };
}
