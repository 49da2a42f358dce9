// How long a prompt is, in the tokens of whoever reads it.
import type { Tokenizer } from "../../models/index.js";

/** The tokens of a whole prompt, with what the server puts in front of it. */
export type CountTokens = (prompt: string) => number;

/** A cautious estimate where no tokenizer is at hand: biomedical text has three to four characters a token. */
export const estimateTokens: CountTokens = (prompt) => Math.ceil(prompt.length / 3);

/** Counts as the embedded server reads a prompt: names of special tokens are those tokens, BOS stands in front where the model wants it. */
export function tokenCounter(tokenizer: Pick<Tokenizer, "encode" | "bos" | "addBos">): CountTokens {
  const start = tokenizer.addBos && tokenizer.bos !== undefined ? 1 : 0;
  return (prompt) => start + tokenizer.encode(prompt, { special: true }).length;
}
