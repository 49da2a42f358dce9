// The completions way: the prompt as it is, which is what a base language model takes.
import { z } from "zod";
import { type ModelApi, parseReply, usageReply } from "./model-api.js";

const completionReply = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        text: z.string(),
        finish_reason: z.string().nullish(),
        logprobs: z
          .looseObject({
            tokens: z.array(z.string()),
            token_logprobs: z.array(z.number().nullable()),
            top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullish(),
            text_offset: z.array(z.number().int().nonnegative()).nullish(),
          })
          .nullish(),
      }),
    )
    .min(1),
  usage: usageReply,
});

export const completionsApi: ModelApi = {
  kind: "completions",
  path: "/completions",
  body: ({ prompt, maxTokens, temperature, topP, seed, stop, logprobs, echo, echoFrom }, model) => ({
    model,
    prompt,
    max_tokens: maxTokens,
    temperature,
    ...(topP !== undefined && { top_p: topP }),
    ...(seed !== undefined && { seed }),
    ...(stop !== undefined && stop.length > 0 && { stop: [...stop] }),
    ...(logprobs !== undefined && { logprobs }),
    ...(echo !== undefined && { echo }),
    ...(echoFrom !== undefined && { echo_from: echoFrom }),
  }),
  read(reply) {
    const { choices, usage } = parseReply(reply, completionReply);
    const { text, finish_reason, logprobs } = choices[0]!;
    return {
      text,
      finishReason: finish_reason === "length" ? "length" : "stop",
      usage,
      ...(logprobs && {
        logprobs: {
          tokens: logprobs.tokens,
          tokenLogprobs: logprobs.token_logprobs,
          topLogprobs: logprobs.tokens.map((_, index) => logprobs.top_logprobs?.[index] ?? {}),
          ...(logprobs.text_offset && { textOffsets: logprobs.text_offset }),
        },
      }),
    };
  },
};
