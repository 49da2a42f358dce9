// The two ways in which an OpenAI-compatible server takes a prompt, as data: what is sent, and how the reply is read. One request at a
// time and the Batch API share them.
import { z } from "zod";
import type { Completion, CompletionRequest } from "../endpoint.js";
import { UnreadableReply } from "../flow/classify-failure.js";

export type ApiKind = "completions" | "chat";

export interface ModelApi {
  kind: ApiKind;
  /** Behind the base address, which ends in /v1. */
  path: "/completions" | "/chat/completions";
  /**
   * The body of a request.
   * @throws InputError for what this way cannot do.
   */
  body(request: CompletionRequest, model: string): Record<string, unknown>;
  /** @throws UnreadableReply for a reply that is no completion. */
  read(reply: unknown): Omit<Completion, "latencyMs">;
}

/** Not `strict`: servers add fields of their own. */
export const usageReply = z
  .looseObject({ prompt_tokens: z.number().int(), completion_tokens: z.number().int() })
  .nullish()
  .transform((usage) => ({ promptTokens: usage?.prompt_tokens ?? 0, completionTokens: usage?.completion_tokens ?? 0 }));

/** @throws UnreadableReply that says where the reply is not of the schema. */
export function parseReply<T>(reply: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(reply);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new UnreadableReply(
    typeof reply === "string" ? reply.slice(0, 80) : `${issue.path.join(".") || "reply"}: ${issue.message}`,
  );
}
