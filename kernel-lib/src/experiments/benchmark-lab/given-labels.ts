// Which labels the systems gave, beside the right ones: one that gives the same label to everything can reach the trivial score.
import { judgeAnswers } from "./judge-answers.js";
import type { Benchmarks } from "./open-benchmarks.js";

export interface GivenLabels {
  task: string;
  title: string;
  k: number;
  /** A system; null for the right answers, whose files may not be here. */
  system: string | null;
  /** In the order of the task's labels, those that were given. */
  counts: { label: string; answers: number }[];
  /** Answers in which no label could be read. */
  unread: number;
}

/**
 * For every task of one label an answer: the right labels, then those of each system, over all draws.
 * @throws InputError as {@link judgeAnswers}.
 */
export function givenLabels(set: Benchmarks, { k }: { k: number }): GivenLabels[] {
  return Object.keys(set.origins).flatMap((taskId) => {
    const { task } = set.items(taskId);
    if (task.answerFormat !== "label") return [];
    const count = (system: string | null, given: readonly (string | null)[]): GivenLabels => ({
      ...{ task: taskId, title: task.title, k, system },
      counts: (task.labels ?? []).flatMap((label) => {
        const answers = given.filter((one) => one === label).length;
        return answers === 0 ? [] : [{ label, answers }];
      }),
      unread: given.filter((one) => one === null).length,
    });
    const answersOf = (system: string) => judgeAnswers(set, { task: taskId, k, system });
    const golds = answersOf("trivial").flatMap(({ gold }) => gold ?? []);
    return [
      ...(golds.length === 0 ? [] : [count(null, golds)]),
      ...set.systems.map((system) =>
        count(
          system,
          answersOf(system).map(({ row }) => row.lenient),
        ),
      ),
    ];
  });
}
