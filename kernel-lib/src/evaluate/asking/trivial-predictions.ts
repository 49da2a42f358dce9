// The answers that need no model. A system that does not beat them has learned the format at best.
import { promptTemplateId } from "../../dataset/index.js";
import { extractAnswer, extractionVersion } from "../metrics/extract-answer.js";
import type { Prediction } from "../rows.js";
import type { BenchmarkTask, TaskItem } from "../tasks/index.js";

/** The right answer that most items have; of equals the one that comes first. */
function mostFrequent(candidates: readonly string[], items: readonly TaskItem[]): string | undefined {
  const counts = new Map(candidates.map((candidate) => [candidate, 0]));
  for (const { gold } of items) counts.set(gold, (counts.get(gold) ?? 0) + 1);
  let best: string | undefined;
  for (const [gold, count] of counts) if (best === undefined || count > counts.get(best)!) best = gold;
  return best;
}

/**
 * One prediction an item and k; the answer is the same at every k.
 * - `label`: the label that is most frequent among the demonstrations, of equals the first in the task's order
 * - `labels`: the set of labels that is, `none` included
 * - all others: the input copied; for spans, lists and numbers too, where one answer for every item would be right of none
 */
export function trivialPredictions(options: {
  task: BenchmarkTask;
  items: readonly TaskItem[];
  demonstrations: readonly TaskItem[];
  ks?: readonly number[];
  /** As in the rows of the other systems. */
  runSeed?: number;
}): Prediction[] {
  const { task, items, demonstrations, ks = [0], runSeed = 1 } = options;
  const frequent = {
    label: () => mostFrequent(task.labels ?? [], demonstrations),
    labels: () => mostFrequent([], demonstrations),
  };
  const constant = task.answerFormat === "label" || task.answerFormat === "labels" ? frequent[task.answerFormat]() : undefined;
  return ks.flatMap((k) =>
    items.map((item) => {
      const raw = constant ?? item.input.replace(/\s+/g, " ").trim();
      return {
        ...{ taskId: task.id, taskVersion: task.version, itemId: item.id, system: "trivial", model: "none", k, draw: 0 },
        ...{ demoIds: [], passageIds: [], template: promptTemplateId, runSeed, promptHash: "" },
        raw,
        extraction: extractionVersion,
        ...extractAnswer({ raw, task, input: item.input }),
        latencyMs: 0,
        usage: { promptTokens: 0, completionTokens: 0 },
      };
    }),
  );
}
