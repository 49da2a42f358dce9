// One question to the endpoint. A request that the server declines for what it is (a prompt beyond its context) must not stop a stage of
// thousands: it comes back as a refusal and is counted as failed. Every other error stops the stage.
import type { CompletionLogprobs, CompletionRequest, Endpoint } from "../endpoint/index.js";
import { InputError } from "../runtime/index.js";
import type { RawCompletion } from "./rows.js";

export interface Written extends Pick<RawCompletion, "text" | "finishReason" | "usage"> {
  /** Where the request asked for them. */
  logprobs?: CompletionLogprobs;
}

const isRefusal = (error: unknown): error is InputError =>
  error instanceof InputError && error.complaint.got.includes("refused the request");

/** The completion as the raw log keeps it. */
export async function ask({ endpoint, ...request }: CompletionRequest & { endpoint: Endpoint }): Promise<Written> {
  try {
    const { text, finishReason, usage, logprobs } = await endpoint.complete(request);
    return { text, finishReason, usage, ...(logprobs && { logprobs }) };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { text: error.message, finishReason: "refused", usage: { promptTokens: 0, completionTokens: 0 } };
  }
}
