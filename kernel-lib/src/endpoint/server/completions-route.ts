// POST /v1/completions: several prompts, several choices, log-probabilities, echo, streaming.
import { ApiError } from "./api-error.js";
import { type CompletionBody, completionBody, parseBody, samplingOf } from "./request-schemas.js";
import { type RouteContext, type RouteReply, replyHead } from "./route.js";
import { scoresByToken } from "./scores-by-token.js";
import type { PromptAnswer } from "./served-model.js";

/** OpenAI's default length. */
const defaultMaxTokens = 16;

function promptsOf({ prompt }: CompletionBody): (string | number[])[] {
  if (typeof prompt === "string") return [prompt];
  return typeof prompt[0] === "number" ? [prompt as number[]] : (prompt as (string | number[])[]);
}

export async function completionsRoute({ body: rawBody, served, signal, openStream }: RouteContext): Promise<RouteReply> {
  const body = parseBody(completionBody, rawBody);
  const echo = body.echo ?? false;
  const maxTokens = body.max_tokens ?? defaultMaxTokens;
  const topLogprobs = body.logprobs ?? undefined;
  if (maxTokens === 0 && !echo) throw new ApiError(400, "max_tokens: 0 is allowed with echo only", { param: "max_tokens" });
  if (typeof body.echo_from === "number" && !echo)
    throw new ApiError(400, "echo_from is allowed with echo only", { param: "echo_from" });
  const scorePromptFrom = echo && topLogprobs !== undefined ? (body.echo_from ?? 0) : undefined;
  if (body.stream && topLogprobs !== undefined)
    throw new ApiError(400, "logprobs cannot be streamed here", { param: "logprobs" });
  const n = body.n ?? 1;
  const head = replyHead("cmpl", "text_completion", body.model);
  const prompts = promptsOf(body);
  if (prompts.some(({ length }) => length < (scorePromptFrom ?? 0)))
    throw new ApiError(400, `echo_from: ${scorePromptFrom} lies behind a prompt's end`, { param: "echo_from" });
  const requests = prompts.flatMap((prompt, row) =>
    Array.from({ length: n }, (_, draw) => ({ prompt, draw, index: row * n + draw })),
  );
  const ask = (
    { prompt, draw, index }: (typeof requests)[number],
    onText?: (delta: string, index: number) => void,
  ): Promise<PromptAnswer> =>
    served.answer({
      ...samplingOf(body),
      modelName: body.model,
      prompt,
      maxTokens,
      signal,
      ...(scorePromptFrom !== undefined && { scorePromptFrom }),
      ...(typeof body.seed === "number" && { seed: body.seed + draw }),
      ...(topLogprobs !== undefined && { topLogprobs }),
      ...(onText && { onText: (delta: string) => onText(delta, index) }),
    });
  const usageOf = (answers: readonly PromptAnswer[]) => {
    const prompt_tokens = answers.filter((_, index) => index % n === 0).reduce((sum, answer) => sum + answer.tokens.length, 0);
    const completion_tokens = answers.reduce((sum, answer) => sum + answer.completionTokens, 0);
    const cached_tokens = answers.reduce((sum, answer) => sum + answer.cachedTokens, 0);
    return {
      prompt_tokens,
      completion_tokens,
      total_tokens: prompt_tokens + completion_tokens,
      prompt_tokens_details: { cached_tokens },
    };
  };

  if (!body.stream) {
    const answers = await Promise.all(requests.map((request) => ask(request)));
    const choices = answers.map((answer, index) => ({
      index,
      text: (echo ? answer.promptText : "") + answer.text,
      logprobs: topLogprobs === undefined ? null : scoresByToken(answer, served.model),
      finish_reason: answer.finishReason,
    }));
    return { json: { ...head, choices, usage: usageOf(answers) } };
  }
  const stream = openStream();
  const chunk = (index: number, text: string, finish_reason: string | null) =>
    stream.send({ ...head, choices: [{ index, text, logprobs: null, finish_reason }] });
  const answers = await Promise.all(
    requests.map(async (request) => {
      if (echo && typeof request.prompt === "string") chunk(request.index, request.prompt, null);
      const answer = await ask(request, (delta, index) => chunk(index, delta, null));
      chunk(request.index, "", answer.finishReason);
      return answer;
    }),
  );
  if (body.stream_options?.include_usage) stream.send({ ...head, choices: [], usage: usageOf(answers) });
  stream.end();
  return "streamed";
}
