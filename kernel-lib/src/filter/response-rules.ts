// Rules for an answered task: Self-Instruct's instance filters (Wang et al. 2023), and what a decoder's loop or a refusal looks like.
import { refusalRule } from "./refusal-rule.js";
import type { Rule } from "./rule.js";
import { loopRule, repetitionRule, wrongLanguageRule, wrongScriptRule } from "./text-rules.js";

export interface AnsweredTask {
  instruction: string;
  input: string;
  output: string;
  /** "length" when the model was stopped by the token limit. */
  finishReason: string;
}

const normal = (text: string): string => text.toLowerCase().replace(/\s+/g, " ").trim();

const answer = ({ output }: AnsweredTask): string => output;

/** In the order in which they are asked. */
export const responseRules: readonly Rule<AnsweredTask>[] = [
  {
    name: "empty-output",
    reason: "there is nothing to learn from an empty answer (Self-Instruct)",
    test: ({ output }) => (normal(output) === "" ? {} : null),
  },
  {
    name: "cut-off",
    reason: "the token limit cut the answer (Self-Instruct); greedy loops end here too",
    test: ({ finishReason }) => (finishReason === "length" ? {} : null),
  },
  {
    name: "output-is-input",
    reason: "the answer repeats the input (Self-Instruct)",
    test: ({ input, output }) => (input !== "" && normal(output) === normal(input) ? {} : null),
  },
  {
    name: "output-is-instruction",
    reason: "the answer repeats the instruction",
    test: ({ instruction, output }) => (normal(output) === normal(instruction) ? {} : null),
  },
  {
    name: "output-ends-in-colon",
    reason: "what the colon announces is missing (Self-Instruct)",
    test: ({ output }) => (output.trimEnd().endsWith(":") ? {} : null),
  },
  refusalRule,
  wrongScriptRule(answer),
  loopRule(answer),
  wrongLanguageRule(({ output }) => [output]),
  repetitionRule(answer),
];

/**
 * The rows whose task was also answered differently: Self-Instruct drops every answer to such a task, since none can be trusted.
 * Tasks without an input are left alone, as there. Returns positions in `rows`.
 */
export function conflictingAnswers(rows: readonly Pick<AnsweredTask, "instruction" | "input" | "output">[]): Set<number> {
  const answers = new Map<string, Set<string>>();
  const taskOf = ({ instruction, input }: { instruction: string; input: string }) =>
    JSON.stringify([normal(instruction), normal(input)]);
  for (const row of rows) answers.set(taskOf(row), (answers.get(taskOf(row)) ?? new Set()).add(normal(row.output)));
  const conflicting = new Set<number>();
  rows.forEach((row, index) => {
    if (row.input !== "" && answers.get(taskOf(row))!.size > 1) conflicting.add(index);
  });
  return conflicting;
}
