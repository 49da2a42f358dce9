// Many requests by OpenAI's Batch API, at about half the price and within a day. A killed process pays nothing twice: every request is
// looked up in the journal of its folder first, and collected from the batch that it already is in.
import { InputError, RunError, StoppedError, startStage } from "../../runtime/index.js";
import type { Completion, CompletionRequest } from "../endpoint.js";
import { FailedRequest } from "../flow/failed-request.js";
import { FlowFailure } from "../flow/flow-failure.js";
import { type BatchClient, type BatchOptions, createBatchClient } from "./batch-client.js";
import { type Batch, collectBatch, hasEnded, pollBatch } from "./batch-job.js";
import { openBatchJournal } from "./batch-journal.js";
import { type BatchLine, toBatchLine } from "./batch-line.js";
import { resumeLines, submitLines, type WatchedBatch } from "./plan-batches.js";

export interface BatchRequest {
  /** The caller's name for the request. */
  customId: string;
  request: CompletionRequest;
}

export type BatchAnswer = { customId: string; completion: Completion } | { customId: string; failure: FailedRequest };

interface OpenRequest {
  line: BatchLine;
  /** Equal requests share a line. */
  customIds: string[];
}

function openRequests(
  client: BatchClient,
  { requests, model }: { requests: readonly BatchRequest[]; model: string },
): Map<string, OpenRequest> {
  const open = new Map<string, OpenRequest>();
  const names = new Set<string>();
  for (const { customId, request } of requests) {
    if (names.has(customId))
      throw new InputError({ got: `two requests named ${customId}`, allowed: "one customId each", todo: "name them apart" });
    names.add(customId);
    const line = toBatchLine({ request, model, api: client.api, baseURL: client.baseURL });
    const known = open.get(line.id);
    if (known) known.customIds.push(customId);
    else open.set(line.id, { line, customIds: [customId] });
  }
  return open;
}

function unfinished({ id, status, errors }: Batch, left: number): RunError {
  const first = errors?.data?.[0];
  const why = first ? `: ${first.message ?? first.code ?? ""}${first.line ? ` (line ${first.line})` : ""}` : "";
  return new RunError({
    got: `batch ${id} ended as ${status}${why}; ${left} of its requests were not answered`,
    todo: "finished rows are kept, the same command submits the others again",
  });
}

/** The failure of one request as its line tells it; any other error is one that no request of this model can pass. */
const explainLine = (client: BatchClient, error: unknown, model: string): Promise<Error> =>
  client.explain(new FlowFailure(error, { scope: "request", tries: 1, seconds: 0 }), model);

/**
 * Answers every request, in the order in which batches end. Give `directory` to one process at a time.
 * @throws InputError for a refused key or model; RunError, after all answers, for a batch that expired, failed or was cancelled;
 * StoppedError when `signal` is aborted: the batches go on at the server, and the next call with the same folder collects them.
 */
export async function* completeBatch(
  options: BatchOptions & { requests: readonly BatchRequest[] },
): AsyncGenerator<BatchAnswer, void, undefined> {
  const { directory, pollSeconds = 30, signal } = options;
  const client = createBatchClient(options);
  const open = openRequests(client, options);
  const total = open.size;
  const stage = startStage("batch", options.onProgress);
  const journal = openBatchJournal(directory);
  let bad: Error | undefined;
  try {
    let { watched, fresh } = await resumeLines(
      client,
      journal,
      [...open.values()].map(({ line }) => line),
    );
    while (watched.length + fresh.length > 0) {
      watched.push(...(await submitLines(client, journal, fresh, options)));
      fresh = [];
      const running: WatchedBatch[] = [];
      for (const { ids, oldNews, batch: last } of watched) {
        const batch = oldNews ? last : await pollBatch(client, last.id);
        if (!hasEnded(batch)) {
          running.push({ batch, ids, oldNews });
          continue;
        }
        for (const result of await collectBatch(client, batch)) {
          const request = open.get(result.id);
          if (!request || "notRun" in result) continue;
          const { line, customIds } = request;
          if ("completion" in result) {
            for (const customId of customIds) yield { customId, completion: result.completion };
          } else {
            const failure = await explainLine(client, result.error, line.model);
            if (!(failure instanceof FailedRequest)) {
              bad ??= oldNews ? undefined : failure;
              continue;
            }
            for (const customId of customIds) yield { customId, failure };
          }
          open.delete(result.id);
        }
        const left = ids.flatMap((id) => open.get(id)?.line ?? []);
        if (oldNews) fresh.push(...left);
        else if (left.length > 0) bad ??= unfinished(batch, left.length);
      }
      watched = running;
      const underWay = running.reduce((sum, { batch: { request_counts: counts } }) => sum + (counts?.completed ?? 0), 0);
      stage.update({ done: Math.min(total, total - open.size + underWay), total, unit: "answers" });
      if (running.length > 0) await client.timing.wait(pollSeconds * 1000, signal);
    }
  } catch (error) {
    if (signal?.aborted) throw new StoppedError("a batch, which goes on at the server");
    throw error;
  } finally {
    journal.close();
  }
  if (bad) throw bad;
  stage.finish();
}
