// What a failed call means for the next one, decided in this one place: who may be asked again, and whose fault it was.
import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from "openai";
import { FailedRequest } from "./failed-request.js";

/**
 * `fatal` fails again however often it is asked; `throttled` asks for fewer requests, not for another answer; `retryable` may pass;
 * `bad-output` arrived but is no completion.
 */
export type FailureClass = "fatal" | "throttled" | "retryable" | "bad-output";

/** A reply that is no completion at all. */
export class UnreadableReply extends Error {}

/** The error code at the bottom of fetch's chain of causes: ECONNREFUSED, ECONNRESET, UND_ERR_SOCKET … */
export function networkCode(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ("code" in cause && typeof cause.code === "string") return cause.code;
    if (cause instanceof AggregateError) return networkCode(cause.errors[0]);
  }
  return undefined;
}

const neverReached = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/** Nothing answers at the address: a wrong address at the start of a run, a server that starts again in the middle of one. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof APIConnectionError && neverReached.has(networkCode(error) ?? "");

export const isTimeout = (error: unknown): error is APIConnectionTimeoutError => error instanceof APIConnectionTimeoutError;

/** OpenAI and its imitators answer 429 to an account without credit as well, which no waiting cures. */
export const isOutOfCredit = (error: unknown): boolean =>
  error instanceof APIError &&
  (error.status === 402 || error.code === "insufficient_quota" || error.type === "insufficient_quota");

const aboutTheCaller = new Set([401, 402, 403, 404, 405, 407]);

/** The server declined this one request for what it is (too long a prompt, a value out of range); the next may well pass. */
export const isOwnFault = (error: unknown): boolean =>
  error instanceof APIError &&
  error.status !== undefined &&
  !aboutTheCaller.has(error.status) &&
  classifyFailure(error) === "fatal";

/** The class of anything that a call can throw: the client's errors, and the {@link FailedRequest} made of them. */
export function classifyFailure(error: unknown): FailureClass {
  if (error instanceof FailedRequest) return error.failureClass;
  if (error instanceof UnreadableReply || error instanceof SyntaxError) return "bad-output";
  if (error instanceof APIUserAbortError || isUnreachable(error) || isOutOfCredit(error)) return "fatal";
  if (error instanceof APIConnectionError) return "retryable";
  if (error instanceof TypeError && networkCode(error) !== undefined) return "retryable"; // the connection broke inside the body
  if (!(error instanceof APIError) || error.status === undefined) return "fatal";
  if (error.status === 429) return "throttled";
  return error.status === 408 || error.status === 409 || (error.status >= 500 && error.status !== 501) ? "retryable" : "fatal";
}
