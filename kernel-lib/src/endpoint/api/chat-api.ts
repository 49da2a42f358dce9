// The chat way, the only one that most paid services have: the same prompt as one user message.
import { z } from "zod";
import { InputError } from "../../runtime/index.js";
import { type ModelApi, parseReply, usageReply } from "./model-api.js";

const scored = { token: z.string(), logprob: z.number() };

const chatReply = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        message: z.looseObject({ content: z.string() }),
        finish_reason: z.string().nullish(),
        logprobs: z
          .looseObject({
            content: z.array(z.looseObject({ ...scored, top_logprobs: z.array(z.looseObject(scored)).nullish() })).nullish(),
          })
          .nullish(),
      }),
    )
    .min(1),
  usage: usageReply,
});

/** The name under which a server takes the limit of new tokens; OpenAI's reasoning models know only the second. */
export type TokenLimitField = "max_tokens" | "max_completion_tokens";

export function chatApi(tokenLimitField: () => TokenLimitField = () => "max_tokens"): ModelApi {
  return {
    kind: "chat",
    path: "/chat/completions",
    body({ prompt, maxTokens, temperature, topP, seed, stop, logprobs, echo }, model) {
      if (echo)
        throw new InputError({
          got: "a chat request with `echo`",
          allowed: "`echo` with the completions API only: a chat server does not score its prompt",
          todo: 'set `api: "completions"`, or choose a server that has it',
        });
      return {
        model,
        messages: [{ role: "user", content: prompt }],
        [tokenLimitField()]: maxTokens,
        temperature,
        ...(topP !== undefined && { top_p: topP }),
        ...(seed !== undefined && { seed }),
        ...(stop !== undefined && stop.length > 0 && { stop: [...stop] }),
        ...(logprobs !== undefined && { logprobs: true, top_logprobs: logprobs }),
      };
    },
    read(reply) {
      const { choices, usage } = parseReply(reply, chatReply);
      const { message, finish_reason, logprobs } = choices[0]!;
      const tokens = logprobs?.content;
      return {
        text: message.content,
        finishReason: finish_reason === "length" ? "length" : "stop",
        usage,
        ...(tokens && {
          logprobs: {
            tokens: tokens.map(({ token }) => token),
            tokenLogprobs: tokens.map(({ logprob }) => logprob),
            topLogprobs: tokens.map(({ top_logprobs }) =>
              Object.fromEntries((top_logprobs ?? []).map(({ token, logprob }) => [token, logprob])),
            ),
          },
        }),
      };
    },
  };
}
