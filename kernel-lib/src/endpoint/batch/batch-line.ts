// The lines of a batch's files, as OpenAI documents them: requests in, replies and errors out.
import { createHash } from "node:crypto";
import { APIError } from "openai";
import { z } from "zod";
import type { ModelApi } from "../api/model-api.js";
import type { Completion, CompletionRequest } from "../endpoint.js";
import { UnreadableReply } from "../flow/classify-failure.js";

export interface BatchLine {
  /** Names the request by everything that changes its answer, so that a journal can never hand out the answer to another. */
  id: string;
  model: string;
  text: string;
}

/** @throws InputError for what the API cannot do. */
export function toBatchLine(options: { request: CompletionRequest; model: string; api: ModelApi; baseURL: string }): BatchLine {
  const { request, api, baseURL } = options;
  const model = request.model ?? options.model;
  const body = api.body(request, model);
  const id = createHash("sha256")
    .update(JSON.stringify([baseURL, api.path, body, request.sample ?? 0]))
    .digest("hex");
  return { id, model, text: `${JSON.stringify({ custom_id: id, method: "POST", url: `/v1${api.path}`, body })}\n` };
}

const outputLine = z.looseObject({
  custom_id: z.string(),
  response: z.looseObject({ status_code: z.number().int(), body: z.unknown() }).nullish(),
  error: z.looseObject({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
});

/** A completion; an error of the one request, as the client would have thrown it; or nothing, where the batch ended before it. */
export type LineResult = { id: string; completion: Completion } | { id: string; error: unknown } | { id: string; notRun: true };

/** The codes of requests that a batch never came to; they cost nothing and may be asked again. */
const notRunCodes = new Set(["batch_expired", "batch_cancelled"]);

/** @throws UnreadableReply for a line that is no line of a batch. */
export function readBatchLine(line: string, api: ModelApi): LineResult {
  const parsed = outputLine.safeParse(JSON.parse(line));
  if (!parsed.success) throw new UnreadableReply(`a batch's line: ${parsed.error.issues[0]!.message}`);
  const { custom_id: id, response, error } = parsed.data;
  if (!response) {
    if (notRunCodes.has(error?.code ?? "")) return { id, notRun: true };
    return { id, error: new UnreadableReply(error?.message ?? error?.code ?? "a line without response or error") };
  }
  if (response.status_code >= 400) {
    const body = z
      .looseObject({ error: z.looseObject({}).optional() })
      .catch({})
      .parse(response.body);
    return { id, error: APIError.generate(response.status_code, body, undefined, new Headers()) };
  }
  try {
    return { id, completion: { ...api.read(response.body), latencyMs: 0 } };
  } catch (unreadable) {
    return { id, error: unreadable };
  }
}
