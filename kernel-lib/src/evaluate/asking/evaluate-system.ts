// Asks one model every question of a task, greedily, and keeps each answer as it comes: a killed evaluation continues where it was.
import { join } from "node:path";
import { completionStops } from "../../dataset/index.js";
import type { Endpoint } from "../../endpoint/index.js";
import { type OnProgress, openJsonlLog, StoppedError, startStage, throwIfStopped, writeJsonl } from "../../runtime/index.js";
import { type EvaluationPlan, type EvaluationPlanOptions, type PlannedQuestion, planEvaluation } from "./evaluation-plan.js";
import { extractAnswer } from "../metrics/extract-answer.js";
import { inParallel } from "./in-parallel.js";
import { type Prediction, predictionSchema } from "../rows.js";

export interface EvaluateSystemOptions extends EvaluationPlanOptions {
  endpoint: Endpoint;
  /** The model's name at the endpoint; default its base model. */
  model?: string;
  /** Who answers, as tables name it: "base", "seeds-only", "self-specialised". */
  system: string;
  /** Predictions are kept in `<directory>/<system>/<task>.jsonl`. */
  directory: string;
  /** Default what the endpoint works on at once. */
  concurrency?: number;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

export interface EvaluatedSystem {
  /** In the order of the plan: k, draw, item. */
  predictions: Prediction[];
  truncations: EvaluationPlan["truncations"];
  path: string;
}

const cellOf = (row: { itemId: string; k: number; draw: number; promptHash: string }): string =>
  JSON.stringify([row.itemId, row.k, row.draw, row.promptHash]);
const cellOfQuestion = ({ item, k, draw, promptHash }: PlannedQuestion): string =>
  cellOf({ itemId: item.id, k, draw, promptHash });

/**
 * Evaluates one system on one task. Answers already in the file are kept where model and prompt are the same; the finished file
 * holds exactly the planned answers, sorted. Running it again is a no-op.
 * @throws RunError when the endpoint fails for good on an item, StoppedError on abort; finished answers stay in the file.
 */
export async function evaluateSystem(options: EvaluateSystemOptions): Promise<EvaluatedSystem> {
  const { endpoint, task, system, maxTokens, signal } = options;
  const model = options.model ?? endpoint.model;
  const { questions, truncations } = planEvaluation(options);
  const path = join(options.directory, system, `${task.id}.jsonl`);
  const stage = `${task.title} · ${system}`;
  const log = openJsonlLog(path, predictionSchema, "prediction");
  const answered = new Map<string, Prediction>();
  for (const row of log.rows) if (row.model === model) answered.set(cellOf(row), row);
  const open = questions.filter((question) => !answered.has(cellOfQuestion(question)));
  const resumed = questions.length - open.length;
  const watch = startStage(stage, options.onProgress, resumed);
  const message = truncations
    .map(({ k, dropped }) => `k = ${k}: ${dropped} demonstrations dropped, the context is full`)
    .join("; ");
  const report = (done: number): void =>
    watch.update({ done, total: questions.length, unit: "items", ...(message && { message }) });

  const answer = async (question: PlannedQuestion): Promise<void> => {
    throwIfStopped(signal, stage);
    const { item, k, draw, prompt, promptHash } = question;
    const completion = await endpoint.complete({
      prompt,
      model,
      maxTokens,
      temperature: 0,
      stop: completionStops,
      ...(signal && { signal }),
    });
    const raw = completion.text;
    const { strict, lenient } = extractAnswer({ raw, task, input: item.input });
    const { latencyMs, usage } = completion;
    const row = { taskId: task.id, itemId: item.id, system, model, k, draw, promptHash, raw, strict, lenient, latencyMs, usage };
    log.append(row);
    answered.set(cellOf(row), row);
    report(resumed + ++finished);
  };

  let finished = 0;
  report(resumed);
  try {
    await inParallel(open, options.concurrency ?? endpoint.concurrency, answer);
  } catch (error) {
    throw signal?.aborted && !(error instanceof StoppedError) ? new StoppedError(stage) : error;
  } finally {
    log.close();
  }
  const predictions = questions.map((question) => answered.get(cellOfQuestion(question))!);
  if (open.length > 0 || log.rows.length !== predictions.length) writeJsonl(path, predictions);
  watch.finish(message || undefined);
  return { predictions, truncations, path };
}
