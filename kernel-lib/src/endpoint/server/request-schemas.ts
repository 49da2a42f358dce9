// The bodies that the routes accept. Fields that would change the text and are not supported are refused; what cannot change it
// (`user`, `best_of: 1` …) is let through, because clients send it.
import { z } from "zod";
import { ApiError } from "./api-error.js";

const stop = z
  .union([z.string(), z.array(z.string())])
  .nullish()
  .transform((value) => (typeof value === "string" ? [value] : (value ?? [])).filter((word) => word !== ""));

const tokenIds = z.array(z.number().int().nonnegative());

const sampling = {
  model: z.string(),
  n: z.number().int().min(1).max(128).nullish(),
  stop,
  seed: z.number().int().nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  top_k: z.number().int().min(-1).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  presence_penalty: z.literal(0, "penalties are not supported").nullish(),
  frequency_penalty: z.literal(0, "penalties are not supported").nullish(),
  repetition_penalty: z.literal(1, "penalties are not supported").nullish(),
  logit_bias: z.record(z.string(), z.never("logit_bias is not supported")).nullish(),
};

export const completionBody = z.looseObject({
  ...sampling,
  prompt: z.union([z.string(), tokenIds.min(1), z.array(z.string()).min(1), z.array(tokenIds.min(1)).min(1)]),
  max_tokens: z.number().int().min(0).nullish(),
  logprobs: z.number().int().min(0).max(100).nullish(),
  echo: z.boolean().nullish(),
  /** Ours: with `echo` and `logprobs`, scores are read from the token with this character (of token ids: from this token) on. */
  echo_from: z.number().int().min(0).nullish(),
  suffix: z.literal("", "suffix is not supported").nullish(),
  best_of: z.literal(1, "best_of above 1 is not supported").nullish(),
});
export type CompletionBody = z.infer<typeof completionBody>;

const contentPart = z.looseObject({ type: z.literal("text", "only text is supported"), text: z.string() });

export const chatBody = z.looseObject({
  ...sampling,
  messages: z
    .array(
      z.looseObject({
        role: z.enum(["system", "developer", "user", "assistant"]),
        content: z
          .union([z.string(), z.array(contentPart)])
          .transform((content) => (typeof content === "string" ? content : content.map((part) => part.text).join(""))),
      }),
    )
    .min(1),
  max_tokens: z.number().int().min(1).nullish(),
  max_completion_tokens: z.number().int().min(1).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.number().int().min(0).max(20).nullish(),
  tools: z.array(z.never("tools are not supported")).nullish(),
  response_format: z.looseObject({ type: z.literal("text", "only text is supported") }).nullish(),
});
export type ChatBody = z.infer<typeof chatBody>;

export const loadAdapterBody = z.looseObject({ lora_name: z.string().min(1), lora_path: z.string().min(1) });
export const unloadAdapterBody = z.looseObject({ lora_name: z.string().min(1) });
export const tokenizeBody = z.looseObject({ prompt: z.string(), add_special_tokens: z.boolean().nullish() });
export const detokenizeBody = z.looseObject({ tokens: tokenIds });

/** The sampling fields that both kinds of completion share. */
export function samplingOf(body: CompletionBody | ChatBody): {
  temperature: number;
  topP?: number;
  topK?: number;
  minP?: number;
  stop: string[];
} {
  return {
    temperature: body.temperature ?? 1,
    stop: body.stop,
    ...(typeof body.top_p === "number" && { topP: body.top_p }),
    ...(typeof body.top_k === "number" && { topK: body.top_k }),
    ...(typeof body.min_p === "number" && { minP: body.min_p }),
  };
}

/** @throws ApiError 400 naming the first field that does not fit. */
export function parseBody<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const param = issue.path.join(".") || null;
  throw new ApiError(400, `${param ?? "body"}: ${issue.message}`, { param });
}
