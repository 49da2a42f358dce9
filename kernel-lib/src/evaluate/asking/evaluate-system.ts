// Asks one model every question of a task, greedily.
import { join } from "node:path";
import { promptTemplateId, stopsOf } from "../../dataset/index.js";
import { extractAnswer, extractionVersion } from "../metrics/extract-answer.js";
import { type Prediction, predictionSchema } from "../rows.js";
import type { TaskItem } from "../tasks/index.js";
import { type AskingOptions, answerQuestions, askedOf } from "./answer-questions.js";
import { type EvaluationPlan, planEvaluation } from "./evaluation-plan.js";

export type EvaluateSystemOptions = AskingOptions;

export interface EvaluatedSystem extends Omit<EvaluationPlan, "questions"> {
  /** In the order of the plan: k, draw, item. */
  predictions: Prediction[];
  /** How many of them have no answer: their requests failed, or their questions are too long. */
  errors: number;
  path: string;
}

/**
 * Evaluates one system on one task. Answers already in the file are kept where model and prompt are the same, and read anew; running it again
 * is a no-op. An item whose request fails for good is a row with its error, counted, and asked again the next time.
 * @throws InputError or RunError that ends the whole (a wrong key, a server that is gone), StoppedError on abort; finished answers stay in
 * the file.
 */
export async function evaluateSystem(options: EvaluateSystemOptions): Promise<EvaluatedSystem> {
  const { endpoint, task, system, maxTokens } = options;
  const model = options.model ?? endpoint.model;
  const stop = stopsOf(options.template ?? promptTemplateId);
  const { questions, ...plan } = await planEvaluation(options);
  const path = join(options.directory, system, `${task.id}.jsonl`);
  const read = (raw: string, { input }: TaskItem) => ({
    raw,
    extraction: extractionVersion,
    ...extractAnswer({ raw, task, input }),
  });
  const { rows: predictions, errors } = await answerQuestions<Prediction>({
    asking: options,
    plan: { questions, ...plan },
    path,
    schema: predictionSchema,
    what: "prediction",
    stage: `${task.title} · ${system}`,
    async answer(question, signal) {
      const { prompt, item } = question;
      const { text, latencyMs, usage } = await endpoint.complete({ prompt, model, maxTokens, temperature: 0, stop, signal });
      return { ...askedOf(options, question), ...read(text, item), latencyMs, usage };
    },
    fail: (question, error) => ({
      ...askedOf(options, question),
      ...{ raw: "", extraction: extractionVersion, strict: null, lenient: null, error, latencyMs: 0 },
      usage: { promptTokens: 0, completionTokens: 0 },
    }),
    renew: (question, { raw, latencyMs, usage }) => ({
      ...askedOf(options, question),
      ...read(raw, question.item),
      latencyMs,
      usage,
    }),
  });
  return { predictions, errors, path, ...plan };
}
