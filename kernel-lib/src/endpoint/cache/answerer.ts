// Who gave an answer. Thousands of records share one, so they name it by a short id.
import { z } from "zod";
import { sha256 } from "../../runtime/index.js";

export const answererSchema = z.strictObject({
  /** See {@link Endpoint.fingerprint}. */
  fingerprint: z.string(),
  /** The model's name at the server; of an adapter `<base>:<adapter>`. */
  model: z.string(),
  /** The endpoint's base model. */
  base: z.string(),
  /** The endpoint's requests in flight when it was recorded. */
  concurrency: z.number().int().positive(),
  /** The name it was loaded under, and the digest of its files. */
  adapter: z.strictObject({ name: z.string(), sha256: z.string() }).optional(),
});
export type Answerer = z.infer<typeof answererSchema>;

export const answererId = (fingerprint: string): string => sha256(fingerprint).slice(0, 16);
