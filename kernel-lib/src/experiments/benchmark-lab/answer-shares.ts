// How many answers of each kind a system gave to each task: what a score is made of.
import { type AnswerKind, answerKinds, judgeAnswers } from "./judge-answers.js";
import type { Benchmarks } from "./open-benchmarks.js";

export interface AnswerShare {
  task: string;
  title: string;
  system: string;
  k: number;
  /** Answers, over all draws of demonstrations. */
  answers: number;
  /** Not in the asked format; some of them can be read all the same. */
  unformatted: number;
  /** Answers of each kind that occurs. */
  kinds: Partial<Record<AnswerKind, number>>;
}

/**
 * A row a task and system at one number of demonstrations; default the base and the tuned system.
 * @throws InputError as {@link judgeAnswers}.
 */
export function answerShares(
  set: Benchmarks,
  { k, systems = ["base", ...(set.tuned === null ? [] : [set.tuned])] }: { k: number; systems?: readonly string[] },
): AnswerShare[] {
  return Object.keys(set.origins).flatMap((task) =>
    systems.map((system) => {
      const answers = judgeAnswers(set, { task, system, k });
      const kinds: AnswerShare["kinds"] = {};
      for (const kind of answerKinds) {
        const count = answers.filter((answer) => answer.kind === kind).length;
        if (count > 0) kinds[kind] = count;
      }
      const unformatted = answers.filter(({ formatted }) => !formatted).length;
      return { task, title: set.items(task).task.title, system, k, answers: answers.length, unformatted, kinds };
    }),
  );
}
