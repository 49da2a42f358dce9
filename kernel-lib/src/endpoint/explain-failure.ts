// Every way in which a server can fail, as the one line a user needs.
import { APIError, APIUserAbortError } from "openai";
import { type Complaint, errorLine, InputError, RunError, StoppedError } from "../runtime/index.js";
import { classifyFailure, isOutOfCredit, isTimeout, isUnreachable, networkCode } from "./flow/classify-failure.js";
import { FailedRequest } from "./flow/failed-request.js";
import { FlowFailure } from "./flow/flow-failure.js";

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

export function redact(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret !== "").reduce((shown, secret) => shown.replaceAll(secret, "[redacted]"), text);
}

const later = "finished rows are kept, the same command continues";

function describeDuration(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

/** "", or how often and how long it was tried. */
function describeTries({ tries, seconds }: FlowFailure): string {
  return tries > 1 ? ` (${tries} tries, ${describeDuration(seconds)})` : "";
}

/** What is wrong with one request, or with every request where the server is given up. */
function complaintOf(error: unknown, failure: FlowFailure, context: FailureContext): Complaint {
  const { baseURL, timeoutSeconds } = context;
  const said = redact(errorLine(error), context.secrets);
  const alone = failure.scope === "request";
  const tries = describeTries(failure);
  switch (classifyFailure(error)) {
    case "throttled":
      if (alone) return { got: `${baseURL} turned one request away${tries}: ${said}`, todo: "ask for it again" };
      return failure.asksToWaitSeconds !== undefined && failure.asksToWaitSeconds > failure.seconds
        ? {
            got: `${baseURL} takes no more requests for ${describeDuration(failure.asksToWaitSeconds)}: ${said}`,
            todo: `try again then; ${later}`,
          }
        : {
            got: `${baseURL} let nothing through${tries}: ${said}`,
            todo: `wait, or ask for less a minute with \`limits\`; ${later}`,
          };
    case "bad-output":
      return {
        got: `${baseURL} answered with something that is no OpenAI completion${tries}: ${said.slice(0, 200)}`,
        todo: "correct `baseURL`: it should end in /v1",
      };
    case "retryable":
      if (isTimeout(error))
        return {
          got: `${baseURL} did not answer within ${timeoutSeconds} s${tries}`,
          todo: "see whether the server is stuck, or raise `timeoutSeconds`",
        };
      if (error instanceof APIError && error.status !== undefined)
        return alone
          ? { got: `${baseURL} failed at one request${tries}: ${said}`, todo: "look at its prompt" }
          : { got: `${baseURL} failed${tries}: ${said}`, todo: `try again later; ${later}` };
      return {
        got: `the connection to ${baseURL} broke${tries}: ${networkCode(error) ?? said}`,
        todo: `start the server, or correct \`baseURL\`; ${later}`,
      };
    case "fatal":
      return alone
        ? { got: `${baseURL} refused the request: ${said}`, todo: "correct the request" }
        : { got: `${baseURL} refuses every request: ${said}`, todo: "correct the model, the sampling or the prompts" };
  }
}

/** A wrong key, address or model: what no request of this run can pass. */
async function explainRefusal(error: APIError, context: FailureContext): Promise<Error | undefined> {
  const { baseURL, apiKeyVariable, model } = context;
  if (isOutOfCredit(error))
    return new RunError({
      got: `${baseURL} says that the account has no credit left: ${redact(errorLine(error), context.secrets)}`,
      todo: `add some, or use another key; ${later}`,
    });
  if (error.status === 401 || error.status === 403)
    return new InputError({
      got: `${baseURL} refused the key (${error.status})`,
      allowed: `a valid key in ${apiKeyVariable}`,
      todo: `set ${apiKeyVariable}`,
    });
  if (error.status !== 404) return undefined;
  const names = await context.listModels().catch((): string[] => []);
  return names.includes(model) || names.length === 0
    ? new InputError({
        got: `${baseURL} has no completions for model ${model} (404)`,
        todo: "correct `baseURL` (it should end in /v1), `api` or the model's name",
      })
    : new InputError({
        got: `${baseURL} has no model ${model}`,
        allowed: names.slice(0, 20).join(", "),
        todo: "correct the model's name",
      });
}

/**
 * The error to throw in place of the client's own: {@link FailedRequest} where one request failed alone; InputError or RunError where the
 * server is given up.
 */
export async function explainFailure(thrown: unknown, context: FailureContext): Promise<Error> {
  const failure = thrown instanceof FlowFailure ? thrown : new FlowFailure(thrown, { scope: "server", tries: 1, seconds: 0 });
  const error = failure.cause;
  if (error instanceof InputError || error instanceof RunError) return error;
  if (error instanceof APIUserAbortError) return new StoppedError("a completion");
  if (isUnreachable(error))
    return new RunError({
      got: `nothing answers at ${context.baseURL} (${networkCode(error)})`,
      todo: `start the server, or correct \`baseURL\`; ${later}`,
    });
  const refusal = error instanceof APIError ? await explainRefusal(error, context) : undefined;
  if (refusal) return refusal;
  const failureClass = classifyFailure(error);
  if (failureClass === "fatal" && !(error instanceof APIError)) {
    const said = redact(errorLine(error), context.secrets);
    return error instanceof Error && said === errorLine(error) ? error : new Error(said);
  }
  const complaint = complaintOf(error, failure, context);
  const status = error instanceof APIError ? error.status : undefined;
  if (failure.scope === "request") return new FailedRequest(complaint, { failureClass, status });
  return failureClass === "fatal" ? new InputError(complaint) : new RunError(complaint);
}
