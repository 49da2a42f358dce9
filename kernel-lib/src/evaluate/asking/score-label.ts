// How likely a model finds one label as the answer to a prompt: the server reads prompt and label and reports the log-probability of every
// token, as lm-evaluation-harness asks for it. Only the label's own tokens count.
import type { CompletionLogprobs, Endpoint, Usage } from "../../endpoint/index.js";
import { RunError } from "../../runtime/index.js";

export interface LabelScore {
  label: string;
  /** The sum over its tokens, in nats. */
  logprob: number;
  tokens: number;
  /** The first of the tokens holds an end of the prompt too: the tokenizer merged across the boundary. */
  merged: boolean;
}

/**
 * Finds the label's tokens from the end of the text, where no name of a special token in front can shift them.
 * @returns undefined where the tokens do not end with the label, or one of its tokens has no log-probability.
 */
export function readLabelScore(label: string, { tokens, tokenLogprobs }: CompletionLogprobs): LabelScore | undefined {
  let text = "";
  let logprob = 0;
  let count = 0;
  while (text.length < label.length && count < tokens.length) {
    count++;
    const value = tokenLogprobs.at(-count);
    if (value === null || value === undefined) return undefined;
    text = tokens.at(-count)! + text;
    logprob += value;
  }
  return text.endsWith(label) && count > 0 ? { label, logprob, tokens: count, merged: text !== label } : undefined;
}

/** @throws RunError where the server does not report the log-probabilities of what it is sent; whatever `complete` throws. */
export async function scoreLabel(options: {
  endpoint: Endpoint;
  model: string;
  prompt: string;
  label: string;
  signal: AbortSignal;
}): Promise<{ score: LabelScore; usage: Usage; latencyMs: number }> {
  const { endpoint, model, prompt, label, signal } = options;
  const { logprobs, usage, latencyMs } = await endpoint.complete({
    ...{ prompt: prompt + label, model, maxTokens: 0, temperature: 0, echo: true, echoFrom: prompt.length, logprobs: 1 },
    signal,
  });
  const score = logprobs && readLabelScore(label, logprobs);
  if (score) return { score, usage, latencyMs };
  throw new RunError({
    got: `${endpoint.baseURL} reports no log-probabilities for ${JSON.stringify(label)} at the end of a prompt`,
    allowed: "a completions server with `echo` and `logprobs`, such as the embedded one or vLLM",
    todo: "leave likelihood scoring out for this server",
  });
}
