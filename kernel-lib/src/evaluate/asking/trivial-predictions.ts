// The answers that need no model: the input copied, or the label that is most frequent among the demonstrations. A system that does
// not beat them has learned the format at best.
import { extractAnswer } from "../metrics/extract-answer.js";
import type { Prediction } from "../rows.js";
import type { BenchmarkTask, TaskItem } from "../tasks/index.js";

/** The most frequent label; of equals the first in the task's order. */
function frequentLabel(labels: readonly string[], demonstrations: readonly TaskItem[]): string {
  const count = (label: string): number => demonstrations.filter((item) => item.label === label).length;
  return labels.reduce((best, label) => (count(label) > count(best) ? label : best));
}

/** One prediction an item and k; the answer is the same at every k. */
export function trivialPredictions(options: {
  task: BenchmarkTask;
  items: readonly TaskItem[];
  demonstrations: readonly TaskItem[];
  ks?: readonly number[];
}): Prediction[] {
  const { task, items, demonstrations, ks = [0] } = options;
  const constant = task.answerFormat === "label" ? frequentLabel(task.labels ?? [], demonstrations) : undefined;
  return ks.flatMap((k) =>
    items.map((item) => {
      const raw = constant ?? item.input.replace(/\s+/g, " ").trim();
      return {
        taskId: task.id,
        itemId: item.id,
        system: "trivial",
        model: "none",
        k,
        draw: 0,
        promptHash: "",
        raw,
        ...extractAnswer({ raw, task, input: item.input }),
        latencyMs: 0,
        usage: { promptTokens: 0, completionTokens: 0 },
      };
    }),
  );
}
