// Asks one model how likely it finds each label of a closed-label task: a base model that never writes a label scores zero in generation by
// its format alone, and may know the answer all the same.
import { join } from "node:path";
import { InputError } from "../../runtime/index.js";
import { type Likelihood, likelihoodSchema } from "../rows.js";
import type { BenchmarkTask } from "../tasks/index.js";
import { type AskingOptions, answerQuestions, askedOf } from "./answer-questions.js";
import { type EvaluationPlan, planEvaluation } from "./evaluation-plan.js";
import { type LabelScore, scoreLabel } from "./score-label.js";

export interface EvaluatedLikelihood extends Omit<EvaluationPlan, "questions"> {
  /** In the order of the plan: k, draw, item. */
  likelihoods: Likelihood[];
  /** How many of them have none: their requests failed, or their questions are too long. */
  errors: number;
  /** Labels asked now whose first token holds an end of the prompt too. */
  mergedBoundaries: number;
  path: string;
}

/** Why a task's labels cannot be scored at a server, in one line for the notices; undefined where they can. */
export function whyNoLikelihood(options: {
  task: Pick<BenchmarkTask, "title" | "answerFormat">;
  /** How the server takes prompts. */
  api: "completions" | "chat";
  /** Whose server, as notices name it. */
  server: string;
}): string | undefined {
  const { task, api, server } = options;
  if (task.answerFormat !== "label") return `${task.title}: answers are no closed set of labels, so there are no likelihoods`;
  if (api === "chat")
    return `${task.title}: the chat API of ${server} does not score what it is sent, so there are no likelihoods of its labels`;
  return undefined;
}

/**
 * Scores every label of a task after the very prompts that {@link evaluateSystem} asks with the same options: the sum of its tokens'
 * log-probabilities, and their number. Rows already in the file are kept where model and prompt are the same; failures as there.
 * @throws InputError for a task without a closed set of labels or a chat server; RunError for a server that does not report log-probabilities
 * of what it is sent; StoppedError on abort.
 */
export async function evaluateLikelihood(options: AskingOptions): Promise<EvaluatedLikelihood> {
  const { endpoint, task, system } = options;
  const model = options.model ?? endpoint.model;
  const labels = task.labels ?? [];
  if (task.answerFormat !== "label" || labels.length === 0)
    throw new InputError({
      got: `likelihoods of ${task.id}, whose answers are no closed set of labels`,
      allowed: "tasks that are answered by one of their labels",
      todo: "leave likelihood scoring out for it",
    });
  const { questions, ...plan } = await planEvaluation(options);
  const path = join(options.directory, system, `${task.id}.likelihood.jsonl`);
  let mergedBoundaries = 0;
  const { rows: likelihoods, errors } = await answerQuestions<Likelihood>({
    asking: options,
    plan: { questions, ...plan },
    path,
    schema: likelihoodSchema,
    what: "likelihood",
    stage: `${task.title} · ${system} · likelihood`,
    async answer(question, signal) {
      const scores: LabelScore[] = [];
      const usage = { promptTokens: 0, completionTokens: 0 };
      let latencyMs = 0;
      // One after the other: the server slot that holds the prompt meets the next label.
      for (const label of labels) {
        const answered = await scoreLabel({ endpoint, model, prompt: question.prompt, label, signal });
        scores.push(answered.score);
        usage.promptTokens += answered.usage.promptTokens;
        usage.completionTokens += answered.usage.completionTokens;
        latencyMs += answered.latencyMs;
      }
      mergedBoundaries += scores.filter(({ merged }) => merged).length;
      return {
        ...askedOf(options, question),
        labels: scores.map(({ label, logprob, tokens }) => ({ label, logprob, tokens })),
        latencyMs,
        usage,
      };
    },
    fail: (question, error) => ({
      ...askedOf(options, question),
      ...{ labels: [], error, latencyMs: 0, usage: { promptTokens: 0, completionTokens: 0 } },
    }),
    renew: (question, { labels: scored, latencyMs, usage }) => ({
      ...askedOf(options, question),
      labels: scored,
      latencyMs,
      usage,
    }),
  });
  return { likelihoods, errors, mergedBoundaries, path, ...plan };
}
