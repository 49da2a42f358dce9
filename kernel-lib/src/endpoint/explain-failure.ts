// Every way in which a server can fail, as the one line a user needs; and which of them are worth another try.
import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from "openai";
import { errorLine, InputError, RunError, StoppedError } from "../runtime/index.js";

export interface FailureContext {
  baseURL: string;
  model: string;
  /** The environment variable that holds the key. */
  apiKeyVariable: string;
  timeoutSeconds: number;
  /** Anything that must never be shown. */
  secrets: readonly string[];
  /** The model names that the server lists; asked for only where the model is unknown. */
  listModels: () => Promise<readonly string[]>;
}

/** A reply that is no completion at all. */
export class UnreadableReply extends Error {}

/** The error code at the bottom of fetch's chain of causes: ECONNREFUSED, ECONNRESET, UND_ERR_SOCKET … */
function networkCode(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ("code" in cause && typeof cause.code === "string") return cause.code;
    if (cause instanceof AggregateError) return networkCode(cause.errors[0]);
  }
  return undefined;
}

const neverReached = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/** Rate limits, server errors and broken connections pass; what will fail again is told at once. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof APIConnectionTimeoutError || error instanceof APIUserAbortError) return false;
  if (error instanceof APIConnectionError) return !neverReached.has(networkCode(error) ?? "");
  return error instanceof APIError && (error.status === 429 || error.status === 408 || (error.status ?? 0) >= 500);
}

/** Seconds that the server asks to wait; 0 when it does not say. */
export function retryAfterSeconds(error: unknown): number {
  const seconds = error instanceof APIError ? Number(error.headers?.get("retry-after")) : 0;
  return Number.isFinite(seconds) ? Math.min(60, Math.max(0, seconds)) : 0;
}

export function redact(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret !== "").reduce((shown, secret) => shown.replaceAll(secret, "[redacted]"), text);
}

/** The error to throw in place of the client's own. */
export async function explainFailure(error: unknown, context: FailureContext): Promise<Error> {
  const { baseURL, apiKeyVariable, timeoutSeconds, model } = context;
  const said = redact(errorLine(error), context.secrets);
  if (error instanceof APIUserAbortError) return new StoppedError("a completion");
  if (error instanceof APIConnectionTimeoutError)
    return new RunError({
      got: `${baseURL} did not answer within ${timeoutSeconds} s`,
      todo: "see whether the server is stuck, or raise `timeoutSeconds`",
    });
  if (error instanceof APIConnectionError)
    return new RunError({
      got: neverReached.has(networkCode(error) ?? "")
        ? `nothing answers at ${baseURL} (${networkCode(error)})`
        : `the connection to ${baseURL} broke (${networkCode(error) ?? said})`,
      todo: "start the server, or correct `baseURL`; finished rows are kept, the same command continues",
    });
  if (error instanceof UnreadableReply || error instanceof SyntaxError)
    return new RunError({
      got: `${baseURL} answered with something that is no OpenAI completion: ${said.slice(0, 200)}`,
      todo: "correct `baseURL`: it should end in /v1",
    });
  if (!(error instanceof APIError)) return error instanceof Error ? error : new Error(said);
  if (error.status === 401 || error.status === 403)
    return new InputError({
      got: `${baseURL} refused the key (${error.status})`,
      allowed: `a valid key in ${apiKeyVariable}`,
      todo: `set ${apiKeyVariable}`,
    });
  if (error.status === 404) {
    const names = await context.listModels().catch((): string[] => []);
    return names.includes(model) || names.length === 0
      ? new InputError({
          got: `${baseURL} has no completions for model ${model} (404)`,
          todo: "correct `baseURL` (it should end in /v1) or the model's name",
        })
      : new InputError({
          got: `${baseURL} has no model ${model}`,
          allowed: names.slice(0, 20).join(", "),
          todo: "correct the model's name",
        });
  }
  if ((error.status ?? 500) >= 500 || error.status === 429)
    return new RunError({
      got: `${baseURL} failed: ${said}`,
      todo: "try again later; finished rows are kept, the same command continues",
    });
  return new InputError({ got: `${baseURL} refused the request: ${said}`, todo: "correct the request" });
}
