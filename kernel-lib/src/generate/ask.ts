// One question to the endpoint. A request that fails alone (a prompt beyond the server's context, a reply that is no completion) must not
// stop a stage of thousands: it comes back with its reason and is counted as failed. Every other error stops the stage.
import { type CompletionLogprobs, type CompletionRequest, type Endpoint, FailedRequest } from "../endpoint/index.js";
import type { RawCompletion } from "./rows.js";

export interface Written extends Pick<RawCompletion, "text" | "finishReason" | "usage"> {
  /** Where the request asked for them. */
  logprobs?: CompletionLogprobs;
}

/** The completion as the raw log keeps it. */
export async function ask({ endpoint, ...request }: CompletionRequest & { endpoint: Endpoint }): Promise<Written> {
  try {
    const { text, finishReason, usage, logprobs } = await endpoint.complete(request);
    return { text, finishReason, usage, ...(logprobs && { logprobs }) };
  } catch (error) {
    if (!(error instanceof FailedRequest)) throw error;
    return { text: error.message, finishReason: "refused", usage: { promptTokens: 0, completionTokens: 0 } };
  }
}
