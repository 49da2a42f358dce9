// POST /v1/chat/completions: the messages through the GGUF file's own chat template, then as a completion.
import { ApiError } from "./api-error.js";
import { chatBody, parseBody, samplingOf } from "./request-schemas.js";
import { type RouteContext, type RouteReply, replyHead } from "./route.js";
import type { PromptAnswer, ServedModel } from "./served-model.js";

function chatLogprobs(answer: PromptAnswer, { model }: ServedModel) {
  const named = ({ token, logprob }: { token: number; logprob: number | null }) => {
    const name = model.tokenName(token);
    return { token: name, logprob, bytes: [...Buffer.from(name)] };
  };
  return { content: answer.scores.map((score) => ({ ...named(score), top_logprobs: score.top.map(named) })), refusal: null };
}

export async function chatRoute({ body: rawBody, served, signal, openStream }: RouteContext): Promise<RouteReply> {
  const body = parseBody(chatBody, rawBody);
  const { renderChat } = served.model;
  if (!renderChat) throw new ApiError(400, `${served.name} has no chat template: use /v1/completions`, { param: "messages" });
  if (body.stream && body.logprobs) throw new ApiError(400, "logprobs cannot be streamed here", { param: "logprobs" });
  const prompt = served.model.tokenize(renderChat(body.messages.map(({ role, content }) => ({ role, content }))));
  const room = Math.max(1, served.model.contextTokens - prompt.length);
  const maxTokens = body.max_completion_tokens ?? body.max_tokens ?? room;
  const indexes = Array.from({ length: body.n ?? 1 }, (_, index) => index);
  const ask = (index: number, onText?: (delta: string) => void): Promise<PromptAnswer> =>
    served.answer({
      ...samplingOf(body),
      modelName: body.model,
      prompt,
      maxTokens,
      signal,
      ...(typeof body.seed === "number" && { seed: body.seed + index }),
      ...(body.logprobs && { topLogprobs: body.top_logprobs ?? 0 }),
      ...(onText && { onText }),
    });
  const usageOf = (answers: readonly PromptAnswer[]) => {
    const completion_tokens = answers.reduce((sum, answer) => sum + answer.completionTokens, 0);
    return { prompt_tokens: prompt.length, completion_tokens, total_tokens: prompt.length + completion_tokens };
  };

  if (!body.stream) {
    const answers = await Promise.all(indexes.map((index) => ask(index)));
    const choices = answers.map((answer, index) => ({
      index,
      message: { role: "assistant", content: answer.text, refusal: null },
      logprobs: body.logprobs ? chatLogprobs(answer, served) : null,
      finish_reason: answer.finishReason,
    }));
    return { json: { ...replyHead("chatcmpl", "chat.completion", body.model), choices, usage: usageOf(answers) } };
  }
  const stream = openStream();
  const head = replyHead("chatcmpl", "chat.completion.chunk", body.model);
  const chunk = (index: number, delta: { role?: string; content?: string }, finish_reason: string | null) =>
    stream.send({ ...head, choices: [{ index, delta, logprobs: null, finish_reason }] });
  const answers = await Promise.all(
    indexes.map(async (index) => {
      chunk(index, { role: "assistant", content: "" }, null);
      const answer = await ask(index, (content) => chunk(index, { content }, null));
      chunk(index, {}, answer.finishReason);
      return answer;
    }),
  );
  if (body.stream_options?.include_usage) stream.send({ ...head, choices: [], usage: usageOf(answers) });
  stream.end();
  return "streamed";
}
