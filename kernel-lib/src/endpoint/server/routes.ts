// Every address of the server: OpenAI's, and beside them vLLM's for adapters and for the tokenizer (lm-evaluation-harness asks those).
import { chatRoute } from "./chat-route.js";
import { completionsRoute } from "./completions-route.js";
import { detokenizeBody, loadAdapterBody, parseBody, tokenizeBody, unloadAdapterBody } from "./request-schemas.js";
import type { Route } from "./route.js";

export const routes: Record<string, Route> = {
  "POST /v1/completions": completionsRoute,
  "POST /v1/chat/completions": chatRoute,
  "GET /v1/models": async ({ served }) => {
    const data = served.modelNames().map((id) => ({
      id,
      object: "model",
      created: 0,
      owned_by: "selfspec",
      ...(id !== served.name && { parent: served.name }),
      max_model_len: served.model.contextTokens,
    }));
    return { json: { object: "list", data } };
  },
  "POST /v1/load_lora_adapter": async ({ body, served }) => {
    const { lora_name, lora_path } = parseBody(loadAdapterBody, body);
    await served.loadAdapter(lora_name, lora_path);
    return { json: { status: "success" } };
  },
  "POST /v1/unload_lora_adapter": async ({ body, served }) => {
    await served.unloadAdapter(parseBody(unloadAdapterBody, body).lora_name);
    return { json: { status: "success" } };
  },
  "POST /tokenize": async ({ body, served }) => {
    const { prompt, add_special_tokens } = parseBody(tokenizeBody, body);
    const tokens = served.model.tokenize(prompt, { beginOfText: add_special_tokens ?? true });
    return { json: { tokens, count: tokens.length, max_model_len: served.model.contextTokens } };
  },
  "POST /detokenize": async ({ body, served }) => ({
    json: { prompt: served.model.detokenize(parseBody(detokenizeBody, body).tokens) },
  }),
  "GET /tokenizer_info": async ({ served }) => {
    const { chatTemplate, beginOfText, endOfText } = served.model;
    return { json: { bos_token: beginOfText, eos_token: endOfText, chat_template: chatTemplate ?? null } };
  },
  "GET /counters": async ({ served }) => ({ json: { ...served.engine.counters, threads: served.engine.threads } }),
};
