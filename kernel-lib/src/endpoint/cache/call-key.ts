// What makes two calls the same call: the SHA-256 of everything that can change the answer, and of nothing else.
import { sha256 } from "../../runtime/index.js";
import type { CompletionRequest } from "../endpoint.js";

/** Raised whenever a key or a record means something else than before; older records are then never found. */
export const callSchemaVersion = 1;

type Ingredient = string | number | boolean | readonly string[] | undefined;

/** An AbortSignal decides when an answer is no longer wanted, never what it says. */
type KeyedField = Exclude<keyof CompletionRequest, "signal">;

/**
 * One entry for every field of a request, so that a new field does not compile before it is part of the key. A field that is left out differs from
 * every value, because the server's own default is then used; only `sample` and `stop` have defaults that never reach the server.
 */
const ingredients: { readonly [Field in KeyedField]-?: (request: CompletionRequest) => Ingredient } = {
  prompt: ({ prompt }) => prompt,
  model: ({ model }) => model,
  maxTokens: ({ maxTokens }) => maxTokens,
  temperature: ({ temperature }) => temperature,
  topP: ({ topP }) => topP,
  seed: ({ seed }) => seed,
  sample: ({ sample = 0 }) => sample,
  stop: ({ stop = [] }) => stop,
  logprobs: ({ logprobs }) => logprobs,
  echo: ({ echo }) => echo,
  echoFrom: ({ echoFrom }) => echoFrom,
};

/** The fields of a request that are part of its key. */
export const keyedFields = Object.keys(ingredients) as readonly KeyedField[];

export interface WhoAnswers {
  /** The model that is asked, by its name at the server. */
  model: string;
  /** Of that model: see {@link Endpoint.fingerprint}. */
  fingerprint: string;
}

/** Hex SHA-256 of the canonical JSON (names sorted, absent values left out) of the schema's version, who answers, and the whole request. */
export function callKey(request: CompletionRequest, { model, fingerprint }: WhoAnswers): string {
  const asked = { ...request, model };
  const named = keyedFields.map((field): [string, Ingredient] => [field, ingredients[field](asked)]);
  const all = [...named, ["fingerprint", fingerprint] as const, ["schemaVersion", callSchemaVersion] as const];
  return sha256(JSON.stringify(all.filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1))));
}
