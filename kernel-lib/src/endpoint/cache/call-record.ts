// An answer as it is kept. The prompt is not: its reader has it, it is most of the bytes, and it quotes texts that are not ours to pass on.
import { z } from "zod";
import type { Completion, CompletionLogprobs, CompletionRequest } from "../endpoint.js";
import { usageSchema } from "../usage.js";

const recordedLogprobsSchema = z.strictObject({
  /** Lengths of the tokens in UTF-16 units where together they are the text; the tokens themselves where they are not. */
  tokens: z.union([z.array(z.number().int().nonnegative()), z.array(z.string())]),
  tokenLogprobs: z.array(z.number().nullable()),
  topLogprobs: z.array(z.record(z.string(), z.number())),
  textOffsets: z.array(z.number().int().nonnegative()).optional(),
});

export const callRecordSchema = z.strictObject({
  /** Id of the {@link Answerer}. */
  answerer: z.string(),
  /** When it was answered, ISO 8601. */
  date: z.iso.datetime(),
  text: z.string(),
  /** The answer began with the prompt, which was cut off `text`. */
  promptCut: z.literal(true).optional(),
  finishReason: z.enum(["stop", "length"]),
  usage: usageSchema,
  logprobs: recordedLogprobsSchema.optional(),
  latencyMs: z.number(),
});
export type CallRecord = z.infer<typeof callRecordSchema>;

function recordLogprobs({ tokens, ...rest }: CompletionLogprobs, text: string): CallRecord["logprobs"] {
  return { tokens: tokens.join("") === text ? tokens.map(({ length }) => length) : tokens, ...rest };
}

function restoreTokens(recorded: readonly number[] | readonly string[], text: string): string[] {
  let at = 0;
  return recorded.map((token) => {
    if (typeof token === "string") return token;
    at += token;
    return text.slice(at - token, at);
  });
}

export function recordCompletion(
  { prompt, echo }: Pick<CompletionRequest, "prompt" | "echo">,
  { text, finishReason, usage, logprobs, latencyMs }: Completion,
  { answerer, date }: Pick<CallRecord, "answerer" | "date">,
): CallRecord {
  const cut = echo === true && text.startsWith(prompt);
  return {
    answerer,
    date,
    text: cut ? text.slice(prompt.length) : text,
    ...(cut && { promptCut: true }),
    finishReason,
    usage,
    ...(logprobs && { logprobs: recordLogprobs(logprobs, text) }),
    latencyMs,
  };
}

/** The completion as the model gave it when it was asked. */
export function restoreCompletion(
  { prompt }: Pick<CompletionRequest, "prompt">,
  { text, promptCut, finishReason, usage, logprobs, latencyMs }: CallRecord,
): Completion {
  const whole = promptCut ? prompt + text : text;
  return {
    text: whole,
    finishReason,
    usage,
    ...(logprobs && { logprobs: { ...logprobs, tokens: restoreTokens(logprobs.tokens, whole) } }),
    latencyMs,
  };
}
