// Takes every planned question to a model and keeps each row as it comes: a killed evaluation continues where it was. What a row holds,
// an answer or the likelihoods of labels, is its caller's matter.
import { setMaxListeners } from "node:events";
import type { z } from "zod";
import { promptTemplateId } from "../../dataset/index.js";
import { type Endpoint, FailedRequest } from "../../endpoint/index.js";
import { type OnProgress, openJsonlLog, StoppedError, startStage, toJsonl, writeAtomic } from "../../runtime/index.js";
import type { Prediction } from "../rows.js";
import type { EvaluationPlan, EvaluationPlanOptions, PlannedQuestion } from "./evaluation-plan.js";
import { inParallel } from "./in-parallel.js";
import { describeTruncations } from "./truncation.js";

/** Who is asked, and where the rows are kept. */
export interface AskingOptions extends EvaluationPlanOptions {
  endpoint: Endpoint;
  /** The model's name at the endpoint; default its base model. */
  model?: string;
  /** Who answers, as tables name it: "base", "seeds-only", "self-specialised". */
  system: string;
  /** Rows are kept in `<directory>/<system>/<task>.jsonl`, likelihoods in `<task>.likelihood.jsonl`. */
  directory: string;
  /** Default what the endpoint works on at once. */
  concurrency?: number;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/** How a question was asked: what every row says. */
export type Asked = Pick<
  Prediction,
  | "taskId"
  | "taskVersion"
  | "itemId"
  | "system"
  | "model"
  | "k"
  | "draw"
  | "demoIds"
  | "passageIds"
  | "template"
  | "runSeed"
  | "promptHash"
>;

export const askedOf = (
  { task, system, endpoint, model = endpoint.model, template = promptTemplateId, runSeed }: AskingOptions,
  { item, k, draw, demoIds, passageIds, promptHash }: PlannedQuestion,
): Asked => ({
  ...{ taskId: task.id, taskVersion: task.version, itemId: item.id, system, model, k, draw, demoIds, passageIds },
  ...{ template, runSeed, promptHash },
});

type Row = Asked & { error?: string | undefined };

const cellOf = ({ itemId, k, draw, promptHash }: Pick<Row, "itemId" | "k" | "draw" | "promptHash">): string =>
  JSON.stringify([itemId, k, draw, promptHash]);

/** Seconds that answers on their way get to arrive once the user stops. */
const graceSeconds = 30;

/**
 * Rows already in the file are kept where model and prompt are the same and nothing failed; the finished file holds exactly the planned
 * rows, sorted. A request that fails for good leaves a row with its error, and is asked again the next time.
 * @throws the error that ends everything (a wrong key, a server that is gone), StoppedError on abort; finished rows stay in the file.
 */
export async function answerQuestions<T extends Row>(options: {
  asking: AskingOptions;
  plan: EvaluationPlan;
  path: string;
  schema: z.ZodType<T>;
  /** What a row is: "prediction". */
  what: string;
  stage: string;
  /** Asks the model. */
  answer(question: PlannedQuestion, signal: AbortSignal): Promise<T>;
  /** The row of a question without an answer. */
  fail(question: PlannedQuestion, error: string): T;
  /** A row of an earlier process, with what the plan says of its question now. */
  renew(question: PlannedQuestion, row: T): T;
}): Promise<{ rows: T[]; errors: number }> {
  const { asking, plan, path, stage, answer, fail, renew } = options;
  const { endpoint, signal } = asking;
  const { questions } = plan;
  const model = asking.model ?? endpoint.model;
  const cellOfQuestion = (question: PlannedQuestion): string => cellOf(askedOf(asking, question));
  const log = openJsonlLog(path, options.schema, options.what);
  const known = new Map<string, T>();
  for (const row of log.rows) if (row.model === model && row.error === undefined) known.set(cellOf(row), row);
  const finished = new Map<string, T>();
  for (const question of questions) {
    const row = known.get(cellOfQuestion(question));
    if (row) finished.set(cellOfQuestion(question), renew(question, row));
    else if (question.tooLong) finished.set(cellOfQuestion(question), fail(question, question.tooLong));
  }
  const open = questions.filter((question) => !finished.has(cellOfQuestion(question)));
  const resumed = questions.length - open.length;
  let errors = [...finished.values()].filter(({ error }) => error !== undefined).length;
  const watch = startStage(stage, asking.onProgress, resumed);
  const cut = describeTruncations(plan);
  const message = (): string =>
    [errors > 0 && `${errors} without an answer, asked again the next time`, cut].filter(Boolean).join("; ");
  const report = (): void =>
    watch.update({
      ...{ done: finished.size, total: questions.length, unit: "items" },
      ...(message() !== "" && { message: message() }),
    });

  const letGo = new AbortController();
  setMaxListeners(0, letGo.signal);
  let grace: NodeJS.Timeout | undefined;
  const stop = (): void => {
    endpoint.dropWaiting?.();
    if (endpoint.inBatches) letGo.abort();
    else grace = setTimeout(() => letGo.abort(), graceSeconds * 1000);
  };
  const ask = async (question: PlannedQuestion): Promise<void> => {
    let row: T;
    try {
      row = await answer(question, letGo.signal);
    } catch (error) {
      if (!(error instanceof FailedRequest)) throw error;
      row = fail(question, error.message);
      errors++;
    }
    log.append(row);
    finished.set(cellOf(row), row);
    report();
  };

  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
  report();
  try {
    const concurrency = asking.concurrency ?? endpoint.concurrency;
    await inParallel(
      open,
      { concurrency, isStopped: () => signal?.aborted ?? false, onFailure: () => endpoint.dropWaiting?.() },
      ask,
    );
  } catch (error) {
    throw signal?.aborted && !(error instanceof StoppedError) ? new StoppedError(stage) : error;
  } finally {
    clearTimeout(grace);
    signal?.removeEventListener("abort", stop);
    log.close();
  }
  if (signal?.aborted && finished.size < questions.length) throw new StoppedError(stage);
  const rows = questions.map((question) => finished.get(cellOfQuestion(question))!);
  if (open.length > 0 || toJsonl(log.rows) !== toJsonl(rows)) writeAtomic(path, toJsonl(rows));
  watch.finish(message() || undefined);
  return { rows, errors };
}
